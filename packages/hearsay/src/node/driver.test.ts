import { afterEach, expect, test } from 'vitest';
import type { ClusterEvent, Effects } from '../cluster/index.ts';
import { ClusterError, type Address } from '../util/index.ts';
import { bindTransports, type BoundTransports } from './bind.ts';
import { Driver, type DrivenNode } from './driver.ts';
import { silentLogger } from './logger.ts';

const bound: BoundTransports[] = [];
const drivers: { stop(): void }[] = [];
afterEach(async () => {
  for (const driver of drivers.splice(0)) driver.stop();
  await Promise.all(bound.splice(0).flatMap(({ udp, tcp }) => [udp.close(), tcp.close()]));
});

const message = (id: number): ClusterEvent => ({ type: 'user-message', payload: Uint8Array.of(id), from: 'n1' });

/** The smallest node: it writes down its inputs and does what the test gives it to do. */
class ToyNode implements DrivenNode {
  nextDeadlineMs: number = Infinity;
  readonly inputs: string[] = [];
  onAdvance: (nowMs: number) => void = () => {};
  onPacket: (packet: Uint8Array) => void = () => {};
  onStop: () => void = () => {};

  start(): void {
    this.inputs.push('start');
  }

  stop(): void {
    this.inputs.push('stop');
    this.onStop();
  }

  receivePacket(_nowMs: number, _from: Address, packet: Uint8Array): void {
    this.inputs.push(`packet ${packet[0]}`);
    this.onPacket(packet);
  }

  acceptStream(): number {
    return 1;
  }

  streamOpened(): void {}
  receiveStream(): void {}
  streamClosed(): void {}

  sendFailed(_nowMs: number, _to: Address, reason: string): void {
    this.inputs.push(reason);
  }

  advance(nowMs: number): void {
    this.inputs.push('advance');
    this.nextDeadlineMs = Infinity;
    this.onAdvance(nowMs);
  }
}

const noTransports = {
  packets: { send: () => {} },
  streams: { open: () => {}, write: () => {}, closeStream: () => {} },
};

function drive(parts: { onEvent?: (event: ClusterEvent) => void; onFailure?: (error: unknown) => void } = {}): {
  driver: Driver<ToyNode>;
  node: ToyNode;
  effects: Effects;
} {
  const onEvent = parts.onEvent ?? (() => {});
  const driver = new Driver<ToyNode>({ ...noTransports, onEvent, onFailure: parts.onFailure ?? (() => {}) });
  const node = new ToyNode();
  drivers.push(driver);
  driver.start(node);
  return { driver, node, effects: driver };
}

function blockMs(durationMs: number): void {
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < durationMs);
}

test('events are delivered when the step is over, and a handler may call back into the core', () => {
  const order: string[] = [];
  const { driver, effects } = drive({
    onEvent: (event) => {
      const id = event.type === 'user-message' ? event.payload[0]! : 0;
      order.push(`event ${id}`);
      if (id === 1) driver.run(() => effects.emit(message(3)));
      order.push(`end of event ${id}`);
    },
  });
  const result = driver.run(() => {
    effects.emit(message(1));
    effects.emit(message(2));
    order.push('step');
    return 'result';
  });
  expect(result).toBe('result');
  const ofEvents = [1, 2, 3].flatMap((id) => [`event ${id}`, `end of event ${id}`]);
  expect(order).toEqual(['step', ...ofEvents]);
});

test('handlers that cause one another without an end hold up neither timers nor other events', async () => {
  let isStopped = false;
  let deliveredCount = 0;
  const { driver, node, effects } = drive({
    onEvent: () => {
      deliveredCount += 1;
      if (!isStopped) driver.run(() => effects.emit(message(deliveredCount)));
    },
  });
  const advanced = new Promise((resolve) => (node.onAdvance = resolve));
  driver.run((_, nowMs) => {
    node.nextDeadlineMs = nowMs + 5;
    effects.emit(message(0));
  });
  expect(deliveredCount).toBeLessThan(100);
  await advanced;
  isStopped = true;
  expect(deliveredCount).toBeGreaterThan(100);
});

test('events keep their order when some had to wait for a turn of the loop', async () => {
  const order: number[] = [];
  const { driver, effects } = drive({
    onEvent: (event) => {
      const id = event.type === 'user-message' ? event.payload[0]! : 0;
      order.push(id);
      if (id < 150) driver.run(() => effects.emit(message(id + 1)));
    },
  });
  driver.run(() => effects.emit(message(1)));
  expect(order.length).toBeLessThan(150);
  driver.run(() => effects.emit(message(200)));
  while (order.at(-1) !== 150) await new Promise((resolve) => setImmediate(resolve));
  const caused = order.filter((id) => id !== 200);
  expect(caused).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
  expect(order.indexOf(200)).toBeGreaterThan(60);
});

test('a deadline is met, never before its time', async () => {
  const { driver, node } = drive();
  const advancedAt = new Promise<number>((resolve) => (node.onAdvance = resolve));
  const deadlineMs = performance.now() + 20;
  driver.run(() => (node.nextDeadlineMs = deadlineMs));
  expect(await advancedAt).toBeGreaterThanOrEqual(deadlineMs);
  expect(node.inputs).toEqual(['start', 'advance']);
});

test('an earlier deadline moves the timer, a later one lets it fire and wait again', async () => {
  const { driver, node } = drive();
  const startedAtMs = performance.now();
  driver.run(() => (node.nextDeadlineMs = startedAtMs + 60_000));
  driver.run(() => (node.nextDeadlineMs = startedAtMs + 10));
  driver.run(() => (node.nextDeadlineMs = startedAtMs + 40));
  const advancedAtMs = await new Promise<number>((resolve) => (node.onAdvance = resolve));
  expect(advancedAtMs).toBeGreaterThanOrEqual(startedAtMs + 40);
  expect(driver.stats.timersFired).toBe(1);
});

test('after a blocked event loop all waiting packets are read before the late timer fires', async () => {
  // More than the 32 datagrams that one turn of the loop reads.
  const packetCount = 150;
  const [a, b] = [
    await bindTransports({ host: '127.0.0.1', port: 0 }, silentLogger),
    await bindTransports({ host: '127.0.0.1', port: 0 }, silentLogger),
  ];
  bound.push(a, b);
  const { driver, node } = drive();
  b.udp.attach(driver);
  // As after a garbage collection in the check phase: the next phase to run is that of the timers.
  const advanced = new Promise<number>((resolve) => (node.onAdvance = resolve));
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      driver.run((_, nowMs) => (node.nextDeadlineMs = nowMs + 20));
      for (let i = 0; i < packetCount; i++) a.udp.send(b.address, Uint8Array.of(i));
      blockMs(200);
      resolve();
    });
  });
  await advanced;
  expect(node.inputs.indexOf('advance')).toBe(1 + packetCount);
  expect(driver.stats).toMatchObject({ timersFired: 1, timersLate: 1 });
  expect(driver.stats.lastLatenessMs).toBeGreaterThan(150);
  expect(driver.stats.socketTurns).toBeGreaterThan(packetCount / 32);
});

test('packets that come without an end delay a late timer only so long', async () => {
  const { driver, node } = drive();
  driver.run((_, nowMs) => (node.nextDeadlineMs = nowMs + 1));
  blockMs(50);
  let turns = 0;
  while (!node.inputs.includes('advance')) {
    driver.receivePacket({ host: '127.0.0.1', port: 1 }, Uint8Array.of(1));
    turns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(turns).toBeLessThan(300);
});

test('the node is stopped with the driver, and what it says last is still heard', () => {
  const heard: ClusterEvent[] = [];
  const { driver, node, effects } = drive({ onEvent: (event) => void heard.push(event) });
  node.onStop = () => effects.emit(message(9));
  driver.stop();
  expect(heard).toEqual([message(9)]);
  expect(node.inputs).toEqual(['start', 'stop']);
});

test('a command that is refused throws to its caller and leaves the driver running', () => {
  const { driver } = drive();
  const refuse = (): never => {
    throw new ClusterError('ERR_META_TOO_LARGE', 'too large');
  };
  expect(() => driver.run(refuse)).toThrow('too large');
  expect(driver.run(() => 'still here')).toBe('still here');
});

test('a core that breaks an invariant stops the driver and is reported', () => {
  const failures: unknown[] = [];
  const { driver, node } = drive({ onFailure: (error) => failures.push(error) });
  node.onPacket = () => {
    throw new Error('broken');
  };
  driver.receivePacket({ host: '127.0.0.1', port: 1 }, Uint8Array.of(1));
  driver.receivePacket({ host: '127.0.0.1', port: 1 }, Uint8Array.of(2));
  expect(failures).toEqual([new Error('broken')]);
  expect(node.inputs).toEqual(['start', 'packet 1']);
});

test('after the stop nothing reaches the core, not even a timer that waits for the sockets', async () => {
  const { driver, node } = drive();
  driver.run((_, nowMs) => (node.nextDeadlineMs = nowMs + 1));
  blockMs(30);
  while (driver.stats.timersLate === 0) await new Promise<void>((resolve) => void setTimeout(resolve, 0));
  driver.stop();
  await new Promise((resolve) => setImmediate(resolve));
  driver.receivePacket({ host: '127.0.0.1', port: 1 }, Uint8Array.of(1));
  expect(driver.run(() => 'ran')).toBeUndefined();
  expect(node.inputs.filter((input) => input !== 'advance')).toEqual(['start', 'stop']);
});
