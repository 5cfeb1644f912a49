import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encodePing } from 'hearsay/wire';
import { ByteWriter } from '../../../packages/hearsay/src/util/index.ts';

/** The median time of five pings to an agent of a plain pool, in milliseconds: memberlist's own ping and ack. */
export async function measureRttMs(name: string, port: number): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const times: number[] = [];
  for (let seqNo = 1; seqNo <= 5; seqNo++) {
    const writer = new ByteWriter();
    const source = { sourceAddr: Uint8Array.of(127, 0, 0, 1), sourcePort: socket.address().port };
    encodePing(writer, { seqNo, node: name, ...source, sourceNode: 'somebody' });
    const startedAtMs = performance.now();
    socket.send(writer.copy(), port, '127.0.0.1');
    await once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
    times.push(performance.now() - startedAtMs);
  }
  socket.close();
  return times.toSorted((a, b) => a - b)[2]!;
}
