import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import type { MemberStatus } from './events.ts';
import {
  newRotation,
  readRotationState,
  type KeyRotationOperation,
  type RotationObservation,
  type RotationResult,
  type RotationState,
  type RotationStep,
} from './key-rotation-state.ts';
import { abortRotation, nextStep } from './key-rotation.ts';

const key = (fill: number): string => encodeBase64(new Uint8Array(16).fill(fill));
const [oldKey, newKey, otherKey] = [key(1), key(2), key(3)];
const memberCount = 4;

/** What agents tell of keys: everything by name, counts as a newer agent has them, or counts of keys alone. */
type Telling = 'names' | 'counts' | 'counts of keys';

interface ModelMember {
  readonly name: string;
  isUp: boolean;
  /** What the pool believes, which lags behind. */
  status: MemberStatus;
  /** Kept in a file: it outlives a crash. The primary one first. */
  keys: string[];
}

/** What goes wrong with one operation, drawn for each member. */
interface Weather {
  /** Bit by bit: who does not hear of it. */
  readonly deaf: number;
  /** … whose answer is lost. */
  readonly mute: number;
  /** Whoever rotates crashes: before the step, after it, or not at all. */
  readonly crash: 'before' | 'after' | 'none';
  /** Answers come in this order, and only so many are waited for. */
  readonly startsAt: number;
}

const fairWeather: Weather = { deaf: 0, mute: 0, crash: 'none', startsAt: 0 };

/** Members with keyrings, the operations of Serf on them, and one who rotates. After every change the pool is checked. */
class Model {
  readonly members: ModelMember[];
  readonly #telling: Telling;
  state: RotationState;
  /** It was called off before it began, and has changed nothing. */
  isUntouched: boolean = false;
  #answer: RotationObservation['answer'];

  constructor(telling: Telling, keys: readonly (readonly string[])[]) {
    this.#telling = telling;
    this.state = newRotation(newKey, telling === 'counts of keys' ? oldKey : '');
    this.members = keys.map((held, index) => ({ name: `m${index}`, isUp: true, status: 'alive', keys: [...held] }));
    this.#answer = undefined;
    this.check();
  }

  /** Every live member can read what any other sends; so they have a common key, too. */
  check(): void {
    const live = this.members.filter(({ isUp }) => isUp);
    for (const sender of live) {
      for (const receiver of live) {
        if (!receiver.keys.includes(sender.keys[0]!)) throw new Error(`${receiver.name} cannot read ${sender.name}`);
      }
    }
  }

  crash(index: number): void {
    this.members[index]!.isUp = false;
  }

  restart(index: number): void {
    const member = this.members[index]!;
    if (member.status !== 'left') member.isUp = true;
    this.check();
  }

  /** The pool learns what has become of the member. */
  detect(index: number): void {
    const member = this.members[index]!;
    if (member.status !== 'left') member.status = member.isUp ? 'alive' : 'failed';
  }

  /** Whoever forces a member to leave knows that it does not come back as it was. */
  forceLeave(index: number): void {
    const member = this.members[index]!;
    if (!member.isUp && index > 0) member.status = 'left';
  }

  abort(): void {
    this.isUntouched = this.state.phase === 'survey';
    this.#store(abortRotation(this.state).state);
  }

  step(weather: Weather): RotationStep {
    const observation: RotationObservation = {
      members: this.members.map(({ name, status }) => ({ name, status })),
      ...(this.#answer !== undefined && { answer: this.#answer }),
    };
    const { state, step } = nextStep(this.state, observation);
    this.#store(state);
    if (step.do === 'wait' || step.do === 'done' || step.do === 'refuse' || weather.crash === 'before') return step;
    const wanted = step.do === 'list' ? undefined : step.key;
    const result = this.#operate(step.do, wanted, weather);
    if (weather.crash === 'none') this.#answer = { operation: step.do, key: wanted, result };
    return step;
  }

  /** What is stored is all that whoever comes next has. */
  #store(state: RotationState): void {
    this.state = readRotationState(JSON.parse(JSON.stringify(state)))!;
    this.#answer = undefined;
  }

  #operate(operation: KeyRotationOperation, wanted: string | undefined, weather: Weather): RotationResult {
    const nodeCount = this.members.filter(({ status }) => status === 'alive').length;
    const answers = new Map<string, { ok: boolean; keys: readonly string[]; primaryKey: string }>();
    for (let turn = 0; turn < memberCount; turn += 1) {
      const index = (turn + weather.startsAt) % memberCount;
      const member = this.members[index]!;
      if (!member.isUp || (weather.deaf & (1 << index)) !== 0) continue;
      const ok = wanted === undefined || change(member, operation, wanted);
      this.check();
      const isHeard = (weather.mute & (1 << index)) === 0 && answers.size < nodeCount;
      if (isHeard) answers.set(member.name, { ok, keys: [...member.keys], primaryKey: member.keys[0]! });
    }
    return this.#tell(nodeCount, answers);
  }

  #tell(nodeCount: number, byMember: NonNullable<RotationResult['byMember']>): RotationResult {
    const results = [...byMember.values()];
    const errorCount = results.filter(({ ok }) => !ok).length;
    const counts = { nodeCount, responseCount: results.length, errorCount, messages: {} };
    if (this.#telling === 'names') return { ...counts, byMember };
    const keys = countOf(results.flatMap((member) => member.keys));
    if (this.#telling === 'counts of keys') return { ...counts, keys };
    return { ...counts, keys, primaryKeys: countOf(results.map(({ primaryKey }) => primaryKey)) };
  }
}

function countOf(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

/** What a member does to its keyring; false when it refuses. */
function change(member: ModelMember, operation: KeyRotationOperation, wanted: string): boolean {
  const has = member.keys.includes(wanted);
  const others = member.keys.filter((held) => held !== wanted);
  if (operation === 'install') member.keys = has ? member.keys : [...member.keys, wanted];
  else if (operation === 'use' && has) member.keys = [wanted, ...others];
  else if (operation === 'remove' && member.keys[0] !== wanted) member.keys = others;
  else return false;
  return true;
}

type Move =
  | { readonly kind: 'step'; readonly weather: Weather }
  | { readonly kind: 'crash' | 'restart' | 'detect' | 'forceLeave'; readonly member: number }
  | { readonly kind: 'abort' };

const bits = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2 ** memberCount - 1) });
const someMember = fc.nat(memberCount - 1);
const weather: fc.Arbitrary<Weather> = fc.record({
  deaf: bits,
  mute: bits,
  crash: fc.oneof(
    { weight: 8, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('before' as const, 'after' as const) },
  ),
  startsAt: someMember,
});
const step = fc.record({ kind: fc.constant('step' as const), weather });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: step },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), member: someMember }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('restart' as const), member: someMember }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('detect' as const), member: someMember }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forceLeave' as const), member: someMember }) },
);
const abort: fc.Arbitrary<Move> = fc.constant({ kind: 'abort' as const });

/** Pools that may be found: at rest, with a key of their own purpose, or left halfway by another rotation. */
const startingKeys = fc.oneof(
  fc.constant(Array.from({ length: memberCount }, () => [oldKey])),
  fc.constant(Array.from({ length: memberCount }, () => [oldKey, otherKey])),
  fc.array(fc.constantFrom([oldKey], [oldKey, newKey]), { minLength: memberCount, maxLength: memberCount }),
  fc.array(fc.constantFrom([oldKey, newKey], [newKey, oldKey]), { minLength: memberCount, maxLength: memberCount }),
);
const telling = fc.constantFrom<Telling>('names', 'counts', 'counts of keys');

function play(model: Model, moves: readonly Move[]): void {
  for (const next of moves) {
    if (next.kind === 'step') model.step(next.weather);
    else if (next.kind === 'abort') model.abort();
    else model[next.kind](next.member);
    model.check();
  }
}

/** All who still belong to the pool are back and well, and it goes on until nothing is left to do. */
function finish(model: Model): RotationStep {
  for (let index = 0; index < memberCount; index += 1) {
    model.restart(index);
    model.detect(index);
  }
  for (let round = 0; round < 60; round += 1) {
    const last = model.step(fairWeather);
    model.check();
    if (last.do === 'done' || last.do === 'refuse') return last;
  }
  throw new Error(`it does not come to an end: ${JSON.stringify(model.state)}`);
}

/** Some way goes well first, so that trouble of every kind meets every phase. */
const moves = fc
  .tuple(
    fc.array(fc.constant<Move>({ kind: 'step', weather: fairWeather }), { maxLength: 12, size: 'max' }),
    fc.array(move, { maxLength: 40 }),
    fc.array(abort, { maxLength: 1 }),
    fc.array(move, { maxLength: 40 }),
  )
  .map((parts) => parts.flat());

test('whatever crashes and comes back, any two live members can read each other, and in the end one key is left', () => {
  fc.assert(
    fc.property(telling, startingKeys, moves, (told, keys, played) => {
      const model = new Model(told, keys);
      play(model, played);
      const last = finish(model);
      const live = model.members.filter(({ isUp }) => isUp);
      if (last.do === 'refuse') {
        // Only where all use the new key already, beside others, and nobody says which of those is the old one.
        expect(live.every((member) => member.keys[0] === newKey)).toBe(true);
        return;
      }
      if (model.isUntouched) return;
      const hasReturned = model.state.isAborting;
      for (const member of live) {
        expect(member.keys[0]).toBe(hasReturned ? oldKey : newKey);
        expect(member.keys).not.toContain(hasReturned ? newKey : oldKey);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the model notices a rotation that is too bold', () => {
  const model = new Model(
    'names',
    Array.from({ length: memberCount }, () => [oldKey]),
  );
  change(model.members[0]!, 'install', newKey);
  change(model.members[0]!, 'use', newKey);
  expect(() => model.check()).toThrow('m1 cannot read m0');
});
