/**
 * Counts what all sockets of this process send, as the transport wrapper of `go/peers.go` does: outside of the
 * library, so that both sides are counted alike. Import it before the library.
 */
import { Socket as UdpSocket } from 'node:dgram';
import { Socket as TcpSocket } from 'node:net';

/** Since the process started. */
export const sentTraffic = { packets: 0, udpBytes: 0, tcpBytes: 0 };

const { send } = UdpSocket.prototype;
UdpSocket.prototype.send = function countingSend(packet, ...rest) {
  sentTraffic.packets += 1;
  // Either send(packet, port, address, …) or send(packet, offset, length, port, address, …).
  sentTraffic.udpBytes += typeof rest[2] === 'number' ? rest[1] : packet.length;
  return send.call(this, packet, ...rest);
};

for (const method of ['write', 'end']) {
  const original = TcpSocket.prototype[method];
  TcpSocket.prototype[method] = function countingWrite(chunk, ...rest) {
    // Text is what this process prints: standard output may be a socket too.
    if (chunk instanceof Uint8Array) sentTraffic.tcpBytes += chunk.length;
    return original.call(this, chunk, ...rest);
  };
}
