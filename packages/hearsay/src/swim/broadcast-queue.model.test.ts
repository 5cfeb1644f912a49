/** The queue against a model that sorts everything before every step: slow, and too simple to be wrong. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BroadcastQueue } from './broadcast-queue.ts';

interface ModelEntry {
  readonly name: string | undefined;
  readonly group: number | undefined;
  readonly message: Uint8Array;
  readonly sequence: number;
  transmitCount: number;
}

const limits = { maxEntries: 12, maxBytes: 300 };

class Model {
  entries: ModelEntry[] = [];
  finished: Uint8Array[] = [];
  droppedCount = 0;
  #sequence = 0;

  add(message: Uint8Array, name: string | undefined, group: number | undefined): void {
    this.#finish((entry) => name !== undefined && entry.name === name);
    this.#finish((entry) => group !== undefined && entry.group === group);
    while (this.entries.length >= limits.maxEntries || this.bytes + message.length > limits.maxBytes) {
      const last = this.inOrder().at(-1);
      this.#finish((entry) => entry === last);
      this.droppedCount += 1;
    }
    this.entries.push({ name, group, message, sequence: this.#sequence++, transmitCount: 0 });
  }

  take(overheadBytes: number, limitBytes: number, transmitLimit: number): Uint8Array[] {
    const taken: ModelEntry[] = [];
    let usedBytes = 0;
    for (let tier = 0; tier <= 20; tier++) {
      for (;;) {
        const freeBytes = limitBytes - usedBytes - overheadBytes;
        const next = this.inOrder().find(
          (entry) =>
            entry.transmitCount === tier &&
            !taken.includes(entry) &&
            freeBytes > 0 &&
            entry.message.length <= freeBytes,
        );
        if (next === undefined) break;
        taken.push(next);
        usedBytes += overheadBytes + next.message.length;
      }
    }
    for (const entry of taken) entry.transmitCount += 1;
    this.#finish((entry) => taken.includes(entry) && entry.transmitCount >= transmitLimit);
    return taken.map((entry) => entry.message);
  }

  prune(keepCount: number): void {
    const dropped = this.inOrder().slice(keepCount);
    this.#finish((entry) => dropped.includes(entry));
  }

  inOrder(): ModelEntry[] {
    return this.entries.toSorted(
      (a, b) => a.transmitCount - b.transmitCount || b.message.length - a.message.length || b.sequence - a.sequence,
    );
  }

  get bytes(): number {
    return this.entries.reduce((sum, entry) => sum + entry.message.length, 0);
  }

  #finish(isFinished: (entry: ModelEntry) => boolean): void {
    for (const entry of this.entries) if (isFinished(entry)) this.finished.push(entry.message);
    this.entries = this.entries.filter((entry) => !isFinished(entry));
  }
}

const length = fc.integer({ min: 1, max: 60 });
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('named' as const), length, name: fc.integer({ max: 8, min: 0 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('unique' as const), length }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('plain' as const), length, group: fc.integer({ max: 3, min: 0 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('take' as const),
      overheadBytes: fc.integer({ min: 0, max: 3 }),
      limitBytes: fc.integer({ min: -5, max: 200 }),
      transmitLimit: fc.integer({ min: 0, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('prune' as const), keepCount: fc.integer({ min: 0, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'reset' as const }) },
);

test('it returns, keeps, drops and finishes what the model does, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      let transmitLimit = 1;
      const queue = new BroadcastQueue(() => transmitLimit, limits);
      const model = new Model();
      const finished: Uint8Array[] = [];
      const groupOf = new Map<Uint8Array, number>();
      for (const operation of operations) {
        const message = new Uint8Array('length' in operation ? operation.length : 0);
        const onFinished = () => finished.push(message);
        switch (operation.op) {
          case 'named':
            queue.queueNamed(`n${operation.name}`, message, onFinished);
            model.add(message, `n${operation.name}`, undefined);
            break;
          case 'unique':
            queue.queueUnique(message, onFinished);
            model.add(message, undefined, undefined);
            break;
          case 'plain':
            groupOf.set(message, operation.group);
            queue.queuePlain(message, (queued) => groupOf.get(queued) === operation.group, onFinished);
            model.add(message, undefined, operation.group);
            break;
          case 'take': {
            ({ transmitLimit } = operation);
            const out: Uint8Array[] = [];
            queue.take(operation.overheadBytes, operation.limitBytes, out);
            const expected = model.take(operation.overheadBytes, operation.limitBytes, transmitLimit);
            expect(areSame(out, expected)).toBe(true);
            break;
          }
          case 'prune':
            queue.prune(operation.keepCount);
            model.prune(operation.keepCount);
            break;
          case 'reset':
            queue.reset();
            model.prune(0);
            break;
        }
        const queued = queue.entries();
        const expected = model.inOrder();
        expect(
          areSame(
            queued.map((entry) => entry.message),
            expected.map((entry) => entry.message),
          ),
        ).toBe(true);
        expect(queued.map((entry) => entry.transmitCount)).toEqual(expected.map((entry) => entry.transmitCount));
        expect(queue.count).toBe(expected.length);
        expect(queue.queuedBytes).toBe(model.bytes);
        expect(queue.droppedCount).toBe(model.droppedCount);
        // The same broadcasts are finished, each once; within one step the order may differ.
        expect(finished.length).toBe(model.finished.length);
        expect(new Set(finished)).toEqual(new Set(model.finished));
      }
    }),
    { numRuns: 500 },
  );
});

/** Whether both lists hold the same objects: equal bytes are not enough. */
function areSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((message, index) => message === b[index]);
}
