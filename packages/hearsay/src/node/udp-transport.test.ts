import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { Address } from '../util/index.ts';
import { silentLogger } from './logger.ts';
import { UdpTransport, type PacketSink } from './udp-transport.ts';

const opened: UdpTransport[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
});

interface Inbox extends PacketSink {
  readonly packets: { from: Address; packet: Uint8Array }[];
  readonly failures: { to: Address; reason: string }[];
  /** Settles when as many packets and failures as that have come in. */
  received(count: number): Promise<void>;
}

function createInbox(): Inbox {
  const packets: Inbox['packets'] = [];
  const failures: Inbox['failures'] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const check = (): void => {
    for (const { count, resolve } of waiting) if (packets.length + failures.length >= count) resolve();
  };
  return {
    packets,
    failures,
    receivePacket: (from, packet) => {
      packets.push({ from, packet });
      check();
    },
    sendFailed: (to, reason) => {
      failures.push({ to, reason });
      check();
    },
    received: (count) =>
      new Promise((resolve) => {
        waiting.push({ count, resolve });
        check();
      }),
  };
}

async function open(host: string): Promise<{ transport: UdpTransport; inbox: Inbox; address: Address }> {
  const probe = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => probe.bind(0, host, resolve));
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  const transport = await UdpTransport.bind({ host, port }, silentLogger);
  opened.push(transport);
  const inbox = createInbox();
  transport.attach(inbox);
  return { transport, inbox, address: { host, port } };
}

test.each(['127.0.0.1', '::1'])('a packet arrives with the bind port of its sender (%s)', async (host) => {
  const [a, b] = [await open(host), await open(host)];
  a.transport.send(b.address, Uint8Array.of(1, 2, 3));
  await b.inbox.received(1);
  expect(b.inbox.packets).toEqual([{ from: a.address, packet: Buffer.from([1, 2, 3]) }]);
});

test('the sender may use its buffer again at once, however many packets are in flight', async () => {
  const [a, b] = [await open('127.0.0.1'), await open('127.0.0.1')];
  const scratch = new Uint8Array(1_400);
  for (let i = 0; i < 200; i++) {
    scratch.fill(i);
    a.transport.send(b.address, scratch);
  }
  scratch.fill(255);
  await b.inbox.received(200);
  const wrong = b.inbox.packets.filter(({ packet }, i) => packet.some((byte) => byte !== i));
  expect(wrong).toEqual([]);
  expect(a.transport.stats).toMatchObject({ packetsSent: 200, bytesSent: 280_000, packetsInFlight: 0 });
});

test('a packet that cannot be sent is counted by name and reported with its receiver, after the call', async () => {
  const { transport, inbox } = await open('127.0.0.1');
  const far = { host: '127.0.0.1', port: 9 };
  transport.send(far, new Uint8Array(65_508));
  transport.send({ host: '::1', port: 9 }, Uint8Array.of(1));
  transport.send({ host: '127.0.0.1', port: 0 }, Uint8Array.of(1));
  expect(inbox.failures).toEqual([]);
  await inbox.received(3);
  expect(transport.stats.sendErrors).toEqual({ EMSGSIZE: 1, EAFNOSUPPORT: 1, EINVAL: 1 });
  expect(inbox.failures).toContainEqual({ to: far, reason: 'EMSGSIZE' });
});

test('the error of the system names the reason: a broadcast address is not permitted', async () => {
  const { transport, inbox } = await open('127.0.0.1');
  transport.send({ host: '255.255.255.255', port: 9 }, Uint8Array.of(1));
  await inbox.received(1);
  expect(inbox.failures[0]!.reason).toMatch(/^(EACCES|ENETUNREACH|EPERM)$/);
});

test('an IPv6 socket reaches IPv4 members too, and knows them by their dotted quad', async () => {
  const [a, b] = [await open('::'), await open('127.0.0.1')];
  a.transport.send(b.address, Uint8Array.of(1));
  await b.inbox.received(1);
  b.transport.send({ host: '127.0.0.1', port: a.address.port }, Uint8Array.of(2));
  await a.inbox.received(1);
  expect(a.inbox.packets[0]!.from).toEqual(b.address);
});

test('an empty datagram is ignored and counted', async () => {
  const { transport, inbox, address } = await open('127.0.0.1');
  const socket = createSocket('udp4');
  socket.send(new Uint8Array(0), address.port, address.host);
  socket.send(Uint8Array.of(1), address.port, address.host, () => socket.close());
  await inbox.received(1);
  expect(inbox.packets).toHaveLength(1);
  expect(transport.stats.packetsIgnored).toBe(1);
});

test('the size of the receive buffer is read back', async () => {
  const { transport } = await open('127.0.0.1');
  expect(transport.stats.receiveBufferBytes).toBeGreaterThan(64 * 1024);
});

test('sending after the close does nothing', async () => {
  const { transport, address } = await open('127.0.0.1');
  await transport.close();
  transport.send(address, Uint8Array.of(1));
  expect(transport.stats.packetsSent).toBe(0);
});

test('how long nothing has come although packets were sent is counted from the first of them', async () => {
  let nowMs = 1_000;
  const peer = await open('127.0.0.1');
  const transport = await UdpTransport.bind({ host: '127.0.0.1', port: 0 }, silentLogger, () => nowMs);
  opened.push(transport);
  const inbox = createInbox();
  transport.attach(inbox);
  expect(transport.unansweredMs).toBe(0);
  transport.send(peer.address, Uint8Array.of(1));
  nowMs = 4_000;
  transport.send(peer.address, Uint8Array.of(2));
  expect(transport.unansweredMs).toBe(3_000);
  await peer.inbox.received(1);
  peer.transport.send(peer.inbox.packets[0]!.from, Uint8Array.of(3));
  await inbox.received(1);
  expect(transport.unansweredMs).toBe(0);
});
