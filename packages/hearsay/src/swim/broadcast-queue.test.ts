import { describe, expect, test } from 'vitest';
import { readVectors } from '../../../../test/support/vectors.ts';
import { BroadcastQueue, type QueuedHow } from './broadcast-queue.ts';
import { retransmitLimit } from './timing.ts';

interface Step {
  readonly op: 'add' | 'get' | 'prune' | 'reset';
  readonly id: string;
  readonly size: number;
  readonly kind: 'named' | 'unique' | 'comparing';
  readonly broadcast_name: string;
  readonly invalidates_group: string;
  readonly overhead: number;
  readonly limit: number;
  readonly keep: number;
  readonly returned: readonly string[];
  readonly finished: readonly string[];
  readonly order_after: readonly { readonly id: string; readonly size: number; readonly transmits: number }[];
  readonly queued_after: number;
}

interface Vector {
  readonly name: string;
  readonly num_nodes: number;
  readonly retransmit_limit: number;
  readonly retransmit_mult: number;
  readonly steps: readonly Step[];
}

/** Plays the steps of a vector; messages are told apart by identity, not by content. */
class Player {
  readonly queue: BroadcastQueue;
  readonly finished: string[] = [];
  readonly #idOf: Map<Uint8Array, string> = new Map();
  readonly #groupOf: Map<Uint8Array, string> = new Map();

  constructor(transmitLimit: number) {
    this.queue = new BroadcastQueue(() => transmitLimit);
  }

  play(step: Step): string[] {
    const out: Uint8Array[] = [];
    if (step.op === 'add') this.#add(step);
    else if (step.op === 'prune') this.queue.prune(step.keep);
    else if (step.op === 'reset') this.queue.reset();
    else {
      const usedBytes = this.queue.take(step.overhead, step.limit, out);
      expect(usedBytes).toBe(out.reduce((sum, message) => sum + step.overhead + message.length, 0));
    }
    return out.map((message) => this.#idOf.get(message)!);
  }

  order(): object[] {
    return this.queue.entries().map(({ message, transmitCount }) => ({
      id: this.#idOf.get(message),
      size: message.length,
      transmits: transmitCount,
    }));
  }

  #add(step: Step): void {
    const message = new Uint8Array(step.size);
    this.#idOf.set(message, step.id);
    const onFinished = () => this.finished.push(step.id);
    if (step.kind === 'named') {
      this.queue.queueNamed(step.broadcast_name, message, onFinished);
    } else if (step.kind === 'unique') {
      this.queue.queueUnique(message, onFinished);
    } else {
      const group = step.invalidates_group;
      this.#groupOf.set(message, group);
      this.queue.queuePlain(message, (queued) => this.#groupOf.get(queued) === group, onFinished);
    }
  }
}

describe('the queue does what the reference does', () => {
  const vectors = readVectors<Vector>('queue');

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    expect(retransmitLimit(vector.retransmit_mult, vector.num_nodes)).toBe(vector.retransmit_limit);
    const player = new Player(vector.retransmit_limit);
    for (const step of vector.steps) {
      player.finished.length = 0;
      const returned = player.play(step);
      expect(returned).toEqual(step.returned ?? []);
      expect(player.finished).toEqual(step.finished);
      expect(player.order()).toEqual(step.order_after);
      expect(player.queue.count).toBe(step.queued_after);
    }
  });

  test('and there are thirteen vectors', () => {
    expect(vectors.length).toBe(13);
  });
});

function take(queue: BroadcastQueue, limitBytes: number = 1_400): Uint8Array[] {
  const out: Uint8Array[] = [];
  queue.take(2, limitBytes, out);
  return out;
}

test('taking from an empty queue yields nothing and does not even ask for the limit', () => {
  const queue = new BroadcastQueue(() => {
    throw new Error('asked');
  });
  expect(take(queue)).toEqual([]);
});

test('the transmit limit follows the cluster as it grows', () => {
  let limit = 1;
  const queue = new BroadcastQueue(() => limit);
  queue.queueNamed('a', new Uint8Array(10));
  limit = 3;
  for (let sent = 1; sent <= 3; sent++) {
    expect(queue.count).toBe(1);
    expect(take(queue).length).toBe(1);
  }
  expect(queue.count).toBe(0);
});

test('a full queue makes room at the end of its order, and counts it', () => {
  const queue = new BroadcastQueue(() => 9, { maxEntries: 2, maxBytes: 1_000 });
  const finished: string[] = [];
  queue.queueNamed('sent', new Uint8Array(10), () => finished.push('sent'));
  take(queue);
  queue.queueNamed('fresh', new Uint8Array(10), () => finished.push('fresh'));
  queue.queueNamed('newest', new Uint8Array(5), () => finished.push('newest'));
  expect(finished).toEqual(['sent']);
  expect(queue.droppedCount).toBe(1);
  expect(queue.entries().map(({ name }) => name)).toEqual(['fresh', 'newest']);
});

test('a queue full of bytes makes room for a long message, whatever number of short ones it takes', () => {
  const queue = new BroadcastQueue(() => 9, { maxEntries: 100, maxBytes: 100 });
  for (let index = 0; index < 10; index++) queue.queueUnique(new Uint8Array(10));
  queue.queueUnique(new Uint8Array(75));
  expect(queue.queuedBytes).toBe(95);
  expect(queue.count).toBe(3);
  expect(queue.droppedCount).toBe(8);
});

test('news about a member takes the place of older news even when the queue is full', () => {
  const queue = new BroadcastQueue(() => 9, { maxEntries: 2, maxBytes: 1_000 });
  queue.queueNamed('a', new Uint8Array(10));
  queue.queueNamed('b', new Uint8Array(10));
  queue.queueNamed('a', new Uint8Array(20));
  expect(queue.droppedCount).toBe(0);
  expect(queue.entries().map(({ name }) => name)).toEqual(['a', 'b']);
});

test('a message that could never fit is refused with its size and the limit', () => {
  const queue = new BroadcastQueue(() => 9, { maxEntries: 2, maxBytes: 100 });
  expect(() => queue.queueUnique(new Uint8Array(101))).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', message: 'broadcast is 101 bytes, the limit is 100' }),
  );
  queue.queueNamed('a', new Uint8Array(100));
  expect(() => queue.queueNamed('a', new Uint8Array(101))).toThrow('101 bytes');
  expect(queue.count).toBe(1);
});

test('who hears that a broadcast was dropped may queue news of the very member that displaced it', () => {
  const queue = new BroadcastQueue(() => 9, { maxEntries: 1, maxBytes: 100 });
  queue.queueNamed('old', new Uint8Array(1), () => queue.queueNamed('new', new Uint8Array(3)));
  queue.queueNamed('new', new Uint8Array(2));
  expect(queue.entries()).toEqual([expect.objectContaining({ name: 'new', message: new Uint8Array(3) })]);
});

test('who hears that a broadcast is finished may queue the next one', () => {
  const queue = new BroadcastQueue(() => 1);
  const next = new Uint8Array(7);
  queue.queueNamed('a', new Uint8Array(10), () => queue.queueNamed('a', next));
  expect(take(queue).length).toBe(1);
  expect(take(queue)).toEqual([next]);
  expect(queue.count).toBe(0);
});

test('a queue that must assure keeps a message until it was sent where it has to go', () => {
  const queue = new BroadcastQueue(() => 2, undefined, true);
  const finished: string[] = [];
  queue.queueUnique(Uint8Array.of(1), () => finished.push('done'));
  const send = (isAssured: boolean): number => {
    const out: Uint8Array[] = [];
    queue.takeAside(2, 100, out);
    queue.putBack(isAssured);
    return out.length;
  };
  expect([send(false), send(false), send(false)]).toEqual([1, 1, 1]);
  expect(finished).toEqual([]);
  expect(send(true)).toBe(1);
  expect(finished).toEqual(['done']);
  expect(queue.count).toBe(0);
});

test('what is taken for several receivers counts once for each, after the last', () => {
  const queue = new BroadcastQueue(() => 3);
  queue.queueNamed('a', Uint8Array.of(1));
  queue.queueNamed('b', Uint8Array.of(2));
  const sendTo = (transmits: number): number[] => {
    const out: Uint8Array[] = [];
    queue.takeAside(2, 3, out);
    queue.putBack(true, transmits);
    return out.map(([first]) => first!);
  };
  // There is room for one, and it is the same one for all three.
  expect([sendTo(0), sendTo(0), sendTo(3)]).toEqual([[2], [2], [2]]);
  expect(queue.entries().map(({ name }) => name)).toEqual(['a']);
});

test('when fewer transmits are asked for than before, what was sent so often ends', () => {
  let limit = 9;
  const queue = new BroadcastQueue(() => limit);
  const finished: string[] = [];
  for (const name of ['a', 'b']) queue.queueNamed(name, new Uint8Array(1), () => finished.push(name));
  for (let i = 0; i < 4; i++) take(queue);
  queue.queueNamed('c', new Uint8Array(1), () => finished.push('c'));
  queue.finishSent();
  expect(finished).toEqual([]);
  limit = 4;
  queue.finishSent();
  expect(finished).toEqual(['a', 'b']);
  expect(queue.entries().map(({ name, transmitCount }) => [name, transmitCount])).toEqual([['c', 0]]);
});

test('what still has to go to somebody does not end before it went there', () => {
  const queue = new BroadcastQueue(() => 1, undefined, true);
  queue.queueUnique(new Uint8Array(1));
  queue.takeAside(2, 100, []);
  queue.putBack(false);
  queue.finishSent();
  expect(queue.count).toBe(1);
});

test('on demand the oldest of one length comes first', () => {
  const order = (isOldestFirst: boolean): (string | undefined)[] => {
    const queue = new BroadcastQueue(() => 9, undefined, false, isOldestFirst);
    queue.queueNamed('first', new Uint8Array(5));
    queue.queueNamed('second', new Uint8Array(5));
    queue.queueNamed('longer', new Uint8Array(6));
    return queue.entries().map(({ name }) => name);
  };
  expect(order(false)).toEqual(['longer', 'second', 'first']);
  expect(order(true)).toEqual(['longer', 'first', 'second']);
});

test('fewer copies are sent of what needs fewer, in the order of all', () => {
  const sends = (limit: number, copiesDivisor: number): number => {
    const queue = new BroadcastQueue(() => limit);
    queue.queueNamed('a', new Uint8Array(10), undefined, { copiesDivisor });
    queue.queueNamed('b', new Uint8Array(20));
    let count = 0;
    for (let sent: Uint8Array[] = []; queue.take(0, 100, sent) > 0; sent = []) {
      if (sent.some(({ length }) => length === 10)) count += 1;
      expect(sent.length).toBeGreaterThan(0);
    }
    return count;
  };
  expect([1, 2, 5].map((divisor) => sends(9, divisor))).toEqual([9, 5, 2]);
  expect([1, 2, 5].map((divisor) => sends(3, divisor))).toEqual([3, 2, 1]);
  // Who needs fewer does not wait for those that need more.
  const queue = new BroadcastQueue(() => 9);
  queue.queueNamed('new', new Uint8Array(10));
  queue.queueNamed('brief', new Uint8Array(10), undefined, { copiesDivisor: 5 });
  expect(queue.entries().map(({ name }) => name)).toEqual(['brief', 'new']);
});

test('an addition is sent as often as what it replaces still would be, if that is more', () => {
  const sendsAfter = (sentBefore: number, before: number, how: QueuedHow): number => {
    const queue = new BroadcastQueue(() => 9);
    queue.queueNamed('a', new Uint8Array(10), undefined, { copiesDivisor: before });
    for (let index = 0; index < sentBefore; index += 1) queue.take(0, 100, []);
    queue.queueNamed('a', new Uint8Array(10), undefined, how);
    let count = 0;
    while (queue.take(0, 100, []) > 0) count += 1;
    return count;
  };
  const addition = { copiesDivisor: 5, isAddition: true };
  expect([0, 1, 3, 4].map((sent) => sendsAfter(sent, 2, addition))).toEqual([5, 4, 2, 2]);
  expect(sendsAfter(1, 1, addition)).toBe(8);
  expect(sendsAfter(1, 1, { copiesDivisor: 5 })).toBe(2);
  expect(sendsAfter(1, 5, { copiesDivisor: 1, isAddition: true })).toBe(9);
});

test('who needs fewer copies is ended too when fewer than were sent are enough', () => {
  let limit = 20;
  const queue = new BroadcastQueue(() => limit);
  queue.queueNamed('brief', new Uint8Array(10), undefined, { copiesDivisor: 5 });
  queue.queueNamed('usual', new Uint8Array(10));
  for (let index = 0; index < 2; index += 1) queue.take(0, 100, []);
  limit = 10;
  queue.finishSent();
  expect(queue.entries().map(({ name }) => name)).toEqual(['usual']);
});

test('patient messages are queued and do not press', () => {
  const queue = new BroadcastQueue(() => 1);
  queue.queueNamed('a', new Uint8Array(10));
  queue.queueNamed('b', new Uint8Array(5), undefined, { isPatient: true });
  expect([queue.count, queue.queuedBytes]).toEqual([2, 15]);
  expect([queue.pressingCount, queue.pressingBytes]).toEqual([1, 10]);
  queue.queueNamed('a', new Uint8Array(10), undefined, { isPatient: true });
  expect([queue.pressingCount, queue.pressingBytes]).toEqual([0, 0]);
  queue.take(0, 100, []);
  expect([queue.pressingCount, queue.pressingBytes]).toEqual([0, 0]);
});
