/** Two clusters that meet, and what is no gossip at all: on real sockets, both sides are to learn by what they differ. */
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createCluster, type Cluster, type CreateClusterOptions, type StrangerKind } from 'hearsay';

const keyA = Buffer.alloc(32, 1).toString('base64');
const keyB = Buffer.alloc(32, 2).toString('base64');

async function start(options: CreateClusterOptions): Promise<Cluster> {
  const cluster = await createCluster({ bind: '127.0.0.1:0', ...options });
  onTestFinished(() => cluster.close());
  return cluster;
}

/** Resolves when `cluster` has told of traffic of that kind. */
function hears(cluster: Cluster, kind: StrangerKind): Promise<void> {
  return new Promise((resolve) => {
    cluster.on('foreign-traffic', (event) => {
      if (event.kind === kind) resolve();
    });
  });
}

test.each<[string, CreateClusterOptions, StrangerKind, CreateClusterOptions, StrangerKind]>([
  ['labels', { label: 'a' }, 'label', { label: 'b' }, 'label'],
  ['labels, one has none', {}, 'label', { label: 'b' }, 'label'],
  ['keys', { keys: [keyA] }, 'key', { keys: [keyB] }, 'key'],
  ['that one encrypts, joined by the other', {}, 'encrypted', { keys: [keyB] }, 'not-encrypted'],
  ['that one encrypts, joined by that one', { keys: [keyA] }, 'not-encrypted', {}, 'encrypted'],
])('clusters that differ in %s both say so', async (_, joining, joiningHears, joined, joinedHears) => {
  const [a, b] = await Promise.all([start({ ...joining, name: 'a' }), start({ ...joined, name: 'b' })]);
  const heard = Promise.all([hears(a, joiningHears), hears(b, joinedHears)]);
  await expect(a.join(`127.0.0.1:${b.address.port}`)).rejects.toMatchObject({ code: 'ERR_JOIN' });
  await heard;
});

test('a browser and a TLS client are told apart from gossip, and logged once', async () => {
  const errors: string[] = [];
  const nothing = (): void => undefined;
  const logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (_: object, message?: string) => void errors.push(message ?? ''),
  };
  const cluster = await start({ logger });
  const heard = Promise.all([hears(cluster, 'http'), hears(cluster, 'tls')]);
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.of(0x16, 0x03, 0x01, 0x00, 0xaa, 0x01),
  ]) {
    for (let i = 0; i < 3; i += 1) {
      const socket = connect(cluster.address.port, '127.0.0.1');
      socket.resume();
      socket.on('error', nothing);
      const closed = once(socket, 'close');
      socket.write(bytes);
      await closed;
    }
  }
  await heard;
  expect(errors).toEqual([
    expect.stringMatching(/^refused a stream from 127\.0\.0\.1:\d+: it is HTTP, not gossip$/),
    expect.stringMatching(/^refused a stream from 127\.0\.0\.1:\d+: it is TLS, not gossip$/),
  ]);
});

test('joining a web server says what is there', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cluster = await start({});
  const heard = hears(cluster, 'http');
  await expect(cluster.join(`127.0.0.1:${address.port}`)).rejects.toMatchObject({ code: 'ERR_JOIN' });
  await heard;
});
