import { expect, test } from 'vitest';
import type { ClusterNode } from '../cluster/index.ts';
import { formatAddress, type Address } from '../util/index.ts';
import { defaultAddress, Simulator } from './simulator.ts';
import { quietNetwork, type NetworkConfig } from './sim-network.ts';
import type { SimNode } from './sim-node.ts';

/** Writes down what happens to it, and does what the test says. Stands in for a real node. */
class Toy {
  readonly heard: string[] = [];
  nextDeadlineMs: number = Infinity;
  node: SimNode | undefined;
  acceptsStreams: boolean = true;
  #nextStream: number = 100;

  start(nowMs: number): void {
    this.heard.push(`${nowMs} start`);
  }

  receivePacket(nowMs: number, from: Address, packet: Uint8Array): void {
    this.heard.push(`${nowMs} packet ${packet.join('.')} from ${formatAddress(from)}`);
  }

  acceptStream(nowMs: number): number | undefined {
    if (!this.acceptsStreams) return undefined;
    this.heard.push(`${nowMs} accept`);
    return this.#nextStream++;
  }

  streamOpened(nowMs: number, stream: number): void {
    this.heard.push(`${nowMs} opened ${stream}`);
  }

  receiveStream(nowMs: number, stream: number, chunk: Uint8Array): void {
    this.heard.push(`${nowMs} data ${stream} ${chunk.join('.')}`);
  }

  streamClosed(nowMs: number, stream: number, failure?: string): void {
    this.heard.push(`${nowMs} closed ${stream} ${failure ?? 'at the end'}`);
  }

  advance(nowMs: number): void {
    this.heard.push(`${nowMs} timer`);
    this.nextDeadlineMs = Infinity;
  }
}

/** Two toys with one millisecond between them. */
function pair(network: Partial<NetworkConfig> = {}): { simulator: Simulator; a: SimNode; b: SimNode; toys: Toy[] } {
  const oneMs = { ...quietNetwork, latencyMinMs: 1, latencyMaxMs: 1, ...network };
  const simulator = new Simulator({ seed: 1, network: oneMs });
  const toys: Toy[] = [];
  for (const name of ['a', 'b']) {
    const toy = new Toy();
    toys.push(toy);
    simulator.addNode(name).boot(() => toy as unknown as ClusterNode);
  }
  for (const toy of toys) toy.heard.length = 0;
  return { simulator, a: simulator.nodes[0]!, b: simulator.nodes[1]!, toys };
}

const addressOfB = defaultAddress(1);

test('a packet arrives after its latency, with what was in it when it was sent', () => {
  const { simulator, a, toys } = pair();
  const buffer = Uint8Array.of(1, 2, 3);
  a.sendPacket(addressOfB, buffer);
  buffer.fill(9);
  simulator.runForMs(0.9);
  expect(toys[1]!.heard).toEqual([]);
  simulator.runForMs(1);
  expect(toys[1]!.heard).toEqual(['1 packet 1.2.3 from 10.0.0.1:7946']);
});

test('a timer fires at the first tick after its deadline, once', () => {
  const { simulator, a, toys } = pair();
  toys[0]!.nextDeadlineMs = 5.03;
  a.step(() => undefined);
  simulator.runForMs(100);
  expect(toys[0]!.heard).toEqual(['5.0625 timer']);
});

test('packets to nobody, to a dead process and over a cut link are lost', () => {
  const { simulator, a, b, toys } = pair();
  a.sendPacket({ host: '10.1.2.3', port: 1 }, Uint8Array.of(1));
  const rule = simulator.network.addRule({ from: [0], to: [1], loss: 1 });
  a.sendPacket(addressOfB, Uint8Array.of(2));
  expect([simulator.network.isOpen(0, 1), simulator.network.isOpen(1, 0)]).toEqual([false, true]);
  simulator.network.removeRule(rule);
  b.sendPacket(defaultAddress(0), Uint8Array.of(3));
  b.crash(true);
  a.sendPacket(addressOfB, Uint8Array.of(4));
  simulator.runForMs(10);
  expect(toys[0]!.heard).toEqual(['1 packet 3 from 10.0.0.2:7946']);
  expect(toys[1]!.heard).toEqual([]);
  expect(simulator.packets.inUseCount).toBe(0);
});

test('loss, duplication and stragglers come as often as they are asked for', () => {
  const { simulator, a, toys } = pair({ loss: 0.2, duplication: 0.1, stragglerChance: 0.05, stragglerMaxMs: 50 });
  for (let i = 0; i < 10_000; i++) a.sendPacket(addressOfB, Uint8Array.of(7));
  simulator.runForMs(1);
  const inTime = toys[1]!.heard.length;
  simulator.runForMs(60);
  const all = toys[1]!.heard.length;
  expect(Math.abs(all / 10_000 - 0.8 * 1.1)).toBeLessThan(0.02);
  expect(Math.abs((all - inTime) / all - 0.05)).toBeLessThan(0.01);
});

test('a clogged link delivers afterwards what was sent meanwhile', () => {
  const { simulator, a, toys } = pair();
  simulator.network.addRule({ from: 'all', to: [1], clogUntilMs: 20 });
  a.sendPacket(addressOfB, Uint8Array.of(1));
  simulator.runForMs(30);
  expect(toys[1]!.heard).toEqual(['21 packet 1 from 10.0.0.1:7946']);
});

test('a paused process reads its socket first when it goes on, and its late timers fire after that', () => {
  const { simulator, a, b, toys } = pair();
  toys[1]!.nextDeadlineMs = 3;
  b.step(() => undefined);
  b.pause();
  a.sendPacket(addressOfB, Uint8Array.of(1));
  a.sendPacket(addressOfB, Uint8Array.of(2));
  simulator.runForMs(50);
  expect(toys[1]!.heard).toEqual([]);
  b.resume();
  expect(toys[1]!.heard).toEqual(['50 packet 1 from 10.0.0.1:7946', '50 packet 2 from 10.0.0.1:7946', '50 timer']);
});

test('the socket of a paused process has room for some hundreds of packets', () => {
  const { simulator, a, b, toys } = pair();
  b.pause();
  for (let i = 0; i < 1_000; i++) a.sendPacket(addressOfB, new Uint8Array(32));
  simulator.runForMs(10);
  b.resume();
  expect(toys[1]!.heard).toHaveLength(Math.floor(212_992 / (768 + 32)));
  expect(b.takeTraffic().packetsOverflowed).toBe(1_000 - toys[1]!.heard.length);
});

test('a stream delivers all bytes in order, in pieces, and then its end', () => {
  const { simulator, a, toys } = pair({ streamChunkMaxBytes: 3, latencyMaxMs: 5, loss: 0.3 });
  a.openStream(1, addressOfB);
  a.writeStream(1, Uint8Array.of(1, 2, 3, 4, 5));
  a.writeStream(1, Uint8Array.of(6, 7));
  a.closeStream(1);
  simulator.runForMs(60_000);
  const heard = toys[1]!.heard.map((line) => line.replace(/^\S+ /, ''));
  expect(heard[0]).toBe('accept');
  expect(heard.at(-1)).toBe('closed 100 at the end');
  const data = heard.slice(1, -1).map((line) => line.replace('data 100 ', ''));
  expect(data.join('.')).toBe('1.2.3.4.5.6.7');
  expect(data.length).toBeGreaterThan(2);
  expect(simulator.streams.openCount).toBe(0);
});

test('an answer comes back on the same stream', () => {
  const { simulator, a, b, toys } = pair();
  a.openStream(1, addressOfB);
  simulator.runForMs(5);
  expect(toys[0]!.heard).toEqual(['2 opened 1']);
  b.writeStream(100, Uint8Array.of(42));
  b.closeStream(100);
  simulator.runForMs(5);
  expect(toys[0]!.heard.slice(1)).toEqual(['6 data 1 42', '6 closed 1 at the end']);
  expect(simulator.streams.openCount).toBe(0);
});

test('a closed port refuses at once; a host that is down lets the caller wait until its kernel gives up', () => {
  const { simulator, a, b, toys } = pair();
  b.crash(true);
  a.openStream(1, addressOfB);
  simulator.runForMs(10);
  expect(toys[0]!.heard).toEqual(['2 closed 1 ECONNREFUSED']);
  b.thaw();
  b.crash(false);
  a.openStream(2, addressOfB);
  simulator.runForMs(20_000);
  expect(toys[0]!.heard).toHaveLength(1);
  simulator.runForMs(60_000);
  expect(toys[0]!.heard.at(-1)).toMatch(/closed 2 ETIMEDOUT/);
});

test('a process that refuses a stream resets it, and one that dies resets those it had', () => {
  const { simulator, a, b, toys } = pair();
  toys[1]!.acceptsStreams = false;
  a.openStream(1, addressOfB);
  simulator.runForMs(5);
  expect(toys[0]!.heard).toEqual(['2 opened 1', '2 closed 1 ECONNRESET']);
  toys[1]!.acceptsStreams = true;
  a.openStream(2, addressOfB);
  simulator.runForMs(5);
  b.crash(true);
  simulator.runForMs(5);
  expect(toys[0]!.heard.at(-1)).toBe('11 closed 2 ECONNRESET');
});

test('a cut link holds stream data back, and they arrive when it is open again', () => {
  const { simulator, a, toys } = pair();
  a.openStream(1, addressOfB);
  simulator.runForMs(5);
  const rule = simulator.network.addRule({ from: [0], to: [1], loss: 1 });
  a.writeStream(1, Uint8Array.of(1));
  simulator.runForMs(3_000);
  simulator.network.removeRule(rule);
  simulator.runForMs(10_000);
  expect(toys[1]!.heard.at(-1)).toMatch(/data 100 1$/);
});

test('a stream over a link that stays cut is broken in the end', () => {
  const { simulator, a, toys } = pair();
  a.openStream(1, addressOfB);
  simulator.runForMs(5);
  simulator.network.addRule({ from: [0], to: [1], loss: 1 });
  a.writeStream(1, Uint8Array.of(1));
  simulator.runForMs(200_000);
  expect(toys[0]!.heard.at(-1)).toMatch(/closed 1 ETIMEDOUT/);
});

test('the kernel of a paused process accepts for it', () => {
  const { simulator, a, b, toys } = pair();
  b.pause();
  a.openStream(1, addressOfB);
  simulator.runForMs(5);
  a.writeStream(1, Uint8Array.of(5));
  simulator.runForMs(5);
  expect(toys[0]!.heard).toEqual(['2 opened 1']);
  b.resume();
  expect(toys[1]!.heard).toEqual(['10 accept', '10 data 100 5']);
});

test('what happens is in the hash, and so is when', () => {
  const hashes = [1, 2].map((delayMs) => {
    const { simulator, a } = pair();
    simulator.runForMs(delayMs);
    a.sendPacket(addressOfB, Uint8Array.of(1));
    simulator.runForMs(5);
    return simulator.hash;
  });
  expect(hashes[0]).not.toBe(hashes[1]);
});
