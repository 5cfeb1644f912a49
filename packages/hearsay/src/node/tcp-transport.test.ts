import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from './logger.ts';
import { TcpTransport, type StreamSink, type TcpLimits } from './tcp-transport.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A sink that writes down what it hears, as `name:stream:detail`, and lets a test wait for a line. */
class Notebook implements StreamSink {
  readonly lines: string[] = [];
  acceptsMax: number = Infinity;
  #nextId: number = 1_000;
  #waiting: (() => void)[] = [];

  acceptStream(): number | undefined {
    if (this.acceptsMax <= 0) return undefined;
    this.acceptsMax -= 1;
    this.#nextId += 1;
    this.#note(`accepted:${this.#nextId}`);
    return this.#nextId;
  }

  streamOpened(stream: number): void {
    this.#note(`opened:${stream}`);
  }

  receiveStream(stream: number, chunk: Uint8Array): void {
    this.#note(`received:${stream}:${Buffer.from(chunk).toString()}`);
  }

  streamClosed(stream: number, failure?: string): void {
    this.#note(`closed:${stream}:${failure ?? 'end'}`);
  }

  async heard(line: string): Promise<void> {
    while (!this.lines.includes(line)) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  #note(line: string): void {
    this.lines.push(line);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function open(limits: Partial<TcpLimits> = {}): Promise<{ transport: TcpTransport; sink: Notebook }> {
  const transport = await TcpTransport.listen({ host: '127.0.0.1', port: 0 }, silentLogger, limits);
  cleanups.push(() => transport.close());
  const sink = new Notebook();
  transport.attach(sink);
  return { transport, sink };
}

async function openPeer(onConnection: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    cleanups.push(() => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const socketsGone = async (transport: TcpTransport): Promise<void> => {
  while (transport.stats.socketsOpen > 0) await new Promise((resolve) => setImmediate(resolve));
};

test('a request and its answer go over one stream, which then closes on both sides', async () => {
  const [a, b] = [await open(), await open()];
  a.transport.open(1, { host: '127.0.0.1', port: b.transport.port });
  await a.sink.heard('opened:1');
  const scratch = text('ping');
  a.transport.write(1, scratch);
  scratch.fill(0);
  await b.sink.heard('received:1001:ping');
  b.transport.write(1001, text('ack'));
  b.transport.closeStream(1001);
  await a.sink.heard('received:1:ack');
  await a.sink.heard('closed:1:end');
  await Promise.all([socketsGone(a.transport), socketsGone(b.transport)]);
  expect(b.sink.lines).toEqual(['accepted:1001', 'received:1001:ping']);
  expect(a.transport.stats).toMatchObject({ streamsOpened: 1, bytesSent: 4, bytesReceived: 3, errors: {} });
});

test('a port where nobody listens is reported by its name, once', async () => {
  const { transport, sink } = await open();
  const { server, port } = await openPeer(() => {});
  server.close();
  await once(server, 'close');
  transport.open(1, { host: '127.0.0.1', port });
  await sink.heard('closed:1:ECONNREFUSED');
  await socketsGone(transport);
  expect(sink.lines).toEqual(['closed:1:ECONNREFUSED']);
  expect(transport.stats.errors).toEqual({ ECONNREFUSED: 1 });
});

test('what is no IP literal is refused, after the call', async () => {
  const { transport, sink } = await open();
  transport.open(1, { host: 'localhost', port: 80 });
  expect(sink.lines).toEqual([]);
  await sink.heard('closed:1:EINVAL');
});

test('a stream that is refused is closed at once', async () => {
  const { transport, sink } = await open();
  sink.acceptsMax = 0;
  const socket = connect(transport.port, '127.0.0.1');
  await once(
    socket.on('error', () => {}),
    'close',
  );
  expect(transport.stats).toMatchObject({ streamsRefused: 1, streamsAccepted: 0, socketsOpen: 0 });
});

test('more sockets than the bound are not even offered to the core', async () => {
  const { transport, sink } = await open({ socketsMax: 2 });
  const sockets = [1, 2, 3].map(() => connect(transport.port, '127.0.0.1').on('error', () => {}));
  cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.race(sockets.map((socket) => once(socket, 'close')));
  expect(sink.lines.filter((line) => line.startsWith('accepted'))).toHaveLength(2);
  expect(transport.stats).toMatchObject({ streamsRefused: 1, socketsOpen: 2 });
});

test('a peer that never closes its side does not keep the socket', async () => {
  const { transport, sink } = await open({ lingerMs: 20 });
  const { port } = await openPeer((socket) => socket.resume());
  transport.open(1, { host: '127.0.0.1', port });
  await sink.heard('opened:1');
  transport.write(1, text('hello'));
  transport.closeStream(1);
  await socketsGone(transport);
  expect(sink.lines).toEqual(['opened:1']);
});

test('a peer that never reads neither keeps the socket nor fills the memory', async () => {
  const { transport, sink } = await open({ flushTimeoutMs: 20, writeBufferMaxBytes: 16 * 1024 * 1024 });
  const { port } = await openPeer((socket) => socket.pause());
  const chunk = new Uint8Array(12 * 1024 * 1024);
  transport.open(1, { host: '127.0.0.1', port });
  transport.open(2, { host: '127.0.0.1', port });
  await Promise.all([sink.heard('opened:1'), sink.heard('opened:2')]);
  transport.write(1, chunk);
  transport.closeStream(1);
  transport.write(2, chunk);
  transport.write(2, chunk);
  await sink.heard('closed:2:WRITE_BUFFER_FULL');
  await socketsGone(transport);
  expect(transport.stats.errors).toEqual({ FLUSH_TIMEOUT: 1, WRITE_BUFFER_FULL: 1 });
});

test('all that was written before the close arrives, even when the peer still sends', async () => {
  const { transport, sink } = await open();
  let receivedBytes = 0;
  const done = new Promise<void>((resolve) => {
    void openPeer((socket) => {
      const sending = setInterval(() => socket.write('noise'), 1);
      socket.on('data', (chunk) => (receivedBytes += chunk.length));
      socket.on('end', () => {
        clearInterval(sending);
        socket.end();
        resolve();
      });
    }).then(({ port }) => transport.open(1, { host: '127.0.0.1', port }));
  });
  await sink.heard('opened:1');
  transport.write(1, new Uint8Array(5_000_000));
  transport.closeStream(1);
  await done;
  expect(receivedBytes).toBe(5_000_000);
});

test('an open stream is cut at its greatest age, though its peer keeps it busy', async () => {
  const { transport, sink } = await open({ streamMaxAgeMs: 50 });
  const socket = connect(transport.port, '127.0.0.1').on('error', () => {});
  const sending = setInterval(() => socket.write('x'), 5);
  cleanups.push(() => clearInterval(sending));
  await sink.heard('closed:1001:STREAM_TOO_OLD');
});

test('closing while the connection is being made gives it up in silence', async () => {
  const { transport, sink } = await open();
  const { port } = await openPeer(() => {});
  transport.open(1, { host: '127.0.0.1', port });
  transport.closeStream(1);
  await socketsGone(transport);
  expect(sink.lines).toEqual([]);
});

test('closing the transport closes every socket', async () => {
  const { transport, sink } = await open();
  const socket = connect(transport.port, '127.0.0.1').on('error', () => {});
  await sink.heard('accepted:1001');
  await transport.close();
  if (!socket.closed) await once(socket, 'close');
  await socketsGone(transport);
  expect(sink.lines).toEqual(['accepted:1001']);
});
