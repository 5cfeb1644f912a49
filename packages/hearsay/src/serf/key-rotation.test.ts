import { expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import type { MemberStatus } from './events.ts';
import { planRotation } from './key-rotation-plan.ts';
import {
  newRotation,
  readRotationState,
  type RotationObservation,
  type RotationResult,
  type RotationState,
  type RotationStep,
} from './key-rotation-state.ts';
import { abortRotation, forgetMember, nextStep } from './key-rotation.ts';

const key = (fill: number): string => encodeBase64(new Uint8Array(16).fill(fill));
const [oldKey, newKey, otherKey] = [key(1), key(2), key(3)];

interface PoolMember {
  status: MemberStatus;
  /** The primary one first. */
  keys: string[];
  /** It does what it is asked, and says so. */
  answers: boolean;
}

/** A pool that does what a rotation asks for, without any gossip. */
class Pool {
  readonly members: Map<string, PoolMember> = new Map();
  /** What agents tell, as over RPC: counts without names. */
  readonly countsOnly: boolean;
  answer: RotationObservation['answer'] = undefined;
  state: RotationState;

  constructor(names: string, options: { countsOnly?: boolean; keys?: string[]; origin?: string } = {}) {
    this.countsOnly = options.countsOnly ?? false;
    this.state = newRotation(newKey, options.origin);
    for (const name of names) {
      this.members.set(name, { status: 'alive', keys: [...(options.keys ?? [oldKey])], answers: true });
    }
  }

  get observation(): RotationObservation {
    const members = [...this.members].map(([name, { status }]) => ({ name, status }));
    return this.answer === undefined ? { members } : { members, answer: this.answer };
  }

  /** Takes one step, and says which. */
  step(): RotationStep {
    const { state, step } = nextStep(this.state, this.observation);
    this.state = JSON.parse(JSON.stringify(state)) as RotationState;
    this.answer = undefined;
    if (step.do === 'list') this.answer = { operation: 'list', key: undefined, result: this.#ask(() => true) };
    if (step.do === 'install' || step.do === 'use' || step.do === 'remove') {
      const result = this.#ask((member) => change(member, step.do, step.key));
      this.answer = { operation: step.do, key: step.key, result };
    }
    return step;
  }

  /** The steps until one of that kind comes, and it. */
  stepsUntil(last: RotationStep['do']): string[] {
    const steps: string[] = [];
    while (steps.at(-1) !== last) {
      expect(steps.length).toBeLessThan(50);
      steps.push(this.step().do);
    }
    return steps;
  }

  #ask(act: (member: PoolMember) => boolean): RotationResult {
    const live = [...this.members].filter(([, { status }]) => status === 'alive');
    const byMember = new Map(
      live
        .filter(([, { answers }]) => answers)
        .map(([name, member]) => [name, { ok: act(member), keys: [...member.keys], primaryKey: member.keys[0]! }]),
    );
    const results = [...byMember.values()];
    const counts = {
      nodeCount: live.length,
      responseCount: results.length,
      errorCount: results.filter(({ ok }) => !ok).length,
      messages: Object.fromEntries([...byMember].filter(([, { ok }]) => !ok).map(([name]) => [name, 'refused'])),
    };
    const keys: Record<string, number> = {};
    for (const held of results.flatMap((member) => member.keys)) keys[held] = (keys[held] ?? 0) + 1;
    return this.countsOnly ? { ...counts, keys } : { ...counts, byMember };
  }
}

function change(member: PoolMember, operation: 'install' | 'use' | 'remove', wanted: string): boolean {
  const has = member.keys.includes(wanted);
  if (operation === 'install') member.keys = has ? member.keys : [...member.keys, wanted];
  else if (operation === 'use' && has) member.keys = [wanted, ...member.keys.filter((held) => held !== wanted)];
  else if (operation === 'remove' && member.keys[0] !== wanted)
    member.keys = member.keys.filter((held) => held !== wanted);
  else return false;
  return true;
}

const wholeWay = ['list', 'install', 'list', 'use', 'list', 'remove', 'list', 'done'];

test.each([{ countsOnly: false }, { countsOnly: true }])('a key is rotated step by step (%o)', (options) => {
  const pool = new Pool('abc', options);
  expect(pool.stepsUntil('done')).toEqual(wholeWay);
  for (const { keys } of pool.members.values()) expect(keys).toEqual([newKey]);
  expect(pool.step().do).toBe('done');
});

test.each([{ countsOnly: false }, { countsOnly: true }])(
  'nobody uses the key before a failed member has it (%o)',
  (options) => {
    const pool = new Pool('abc', options);
    pool.members.get('c')!.status = 'failed';
    for (let round = 0; round < 20; round += 1) expect(pool.step().do).not.toBe('use');
    pool.members.get('c')!.status = 'alive';
    expect(pool.stepsUntil('use')).toContain('install');
    expect(pool.members.get('c')!.keys).toEqual([newKey, oldKey]);
  },
);

test('the reason to wait names who has to come back, and what may be done', () => {
  const pool = new Pool('abc');
  pool.members.get('c')!.status = 'failed';
  pool.stepsUntil('list');
  pool.stepsUntil('wait');
  expect(nextStep(pool.state, pool.observation).step.reason).toMatch(/failed members .* c; start them, or force them/);
});

test('a member that was forced to leave is not waited for', () => {
  const pool = new Pool('abc');
  pool.members.get('c')!.status = 'failed';
  pool.stepsUntil('wait');
  pool.members.get('c')!.status = 'left';
  expect(pool.stepsUntil('done')).toEqual(['use', 'list', 'remove', 'list', 'done']);
});

test('nobody removes the old key before a member that failed uses the new one', () => {
  const pool = new Pool('abc');
  pool.stepsUntil('use');
  const c = pool.members.get('c')!;
  c.status = 'failed';
  c.keys = [oldKey, newKey];
  for (let round = 0; round < 20; round += 1) expect(pool.step().do).not.toBe('remove');
  c.status = 'alive';
  expect(pool.stepsUntil('remove')).toContain('use');
  expect(c.keys[0]).toBe(newKey);
});

test('answers that are lost are asked for again, and what was confirmed counts', () => {
  const pool = new Pool('abc');
  pool.stepsUntil('list');
  pool.members.get('a')!.answers = false;
  expect(pool.step().do).toBe('install');
  expect(pool.step()).toMatchObject({ do: 'wait', reason: 'install not confirmed by a' });
  pool.members.get('a')!.answers = true;
  pool.members.get('b')!.answers = false;
  expect([pool.step().do, pool.step().do, pool.step().do]).toEqual(['install', 'list', 'wait']);
  pool.members.get('b')!.answers = true;
  expect([pool.step().do, pool.step().do]).toEqual(['list', 'use']);
});

test('where answers are only counted, all of them have to come at once', () => {
  const pool = new Pool('abc', { countsOnly: true });
  pool.stepsUntil('list');
  pool.members.get('a')!.answers = false;
  expect([pool.step().do, pool.step().do]).toEqual(['install', 'wait']);
  pool.members.get('a')!.answers = true;
  pool.members.get('b')!.answers = false;
  expect([pool.step().do, pool.step().do]).toEqual(['install', 'wait']);
});

test('the answer of a member that is back too early does not count for another', () => {
  const pool = new Pool('abc', { countsOnly: true });
  pool.members.get('c')!.status = 'failed';
  pool.stepsUntil('list');
  // Two live members, two answers: but one of them may be from c.
  expect([pool.step().do]).toEqual(['wait']);
});

test('what a member says is not believed when its list shows otherwise', () => {
  const pool = new Pool('ab');
  pool.stepsUntil('install');
  pool.members.get('b')!.keys = [oldKey];
  expect([pool.step().do, pool.step().do, pool.step().do]).toEqual(['list', 'wait', 'install']);
});

test('a member that shows up without the new key takes the rotation back to the beginning', () => {
  const pool = new Pool('ab');
  pool.stepsUntil('use');
  pool.members.set('c', { status: 'alive', keys: [oldKey], answers: true });
  expect(pool.stepsUntil('done')).toContain('install');
  expect(pool.members.get('c')!.keys).toEqual([newKey]);
});

test('a member that uses another key again takes the rotation back to the switch', () => {
  const pool = new Pool('ab');
  pool.stepsUntil('remove');
  pool.members.get('b')!.keys = [oldKey, newKey];
  const steps = pool.stepsUntil('done');
  expect(steps).toContain('use');
  expect(pool.members.get('b')!.keys).toEqual([newKey]);
});

test('a rotation that is called off returns to the old key, also for members that failed before the switch', () => {
  const pool = new Pool('abc');
  pool.members.get('c')!.status = 'failed';
  pool.stepsUntil('install');
  const { state, step } = abortRotation(pool.state);
  expect(step.do).toBe('wait');
  pool.state = state;
  pool.answer = undefined;
  pool.stepsUntil('done');
  for (const { keys } of pool.members.values()) expect(keys).toEqual([oldKey]);
});

test('after the switch it waits for failed members also on the way back, before it removes the new key', () => {
  const pool = new Pool('abc');
  pool.stepsUntil('use');
  const c = pool.members.get('c')!;
  c.status = 'failed';
  pool.state = abortRotation(pool.state).state;
  pool.answer = undefined;
  for (let round = 0; round < 20; round += 1) expect(pool.step().do).not.toBe('remove');
  expect(pool.members.get('a')!.keys[0]).toBe(oldKey);
  c.status = 'alive';
  pool.stepsUntil('done');
  for (const { keys } of pool.members.values()) expect(keys).toEqual([oldKey]);
});

test('there is no way back once a member was told to remove the old key', () => {
  const pool = new Pool('ab');
  pool.stepsUntil('remove');
  expect(abortRotation(pool.state)).toMatchObject({ state: pool.state, step: { do: 'refuse' } });
  pool.stepsUntil('done');
});

test('a rotation called off before anything was changed, twice, or after its end changes nothing', () => {
  const pool = new Pool('ab');
  const early = abortRotation(pool.state);
  expect([early.step.do, early.state.phase]).toEqual(['done', 'done']);
  pool.stepsUntil('use');
  const once = abortRotation(pool.state);
  expect(abortRotation(once.state).state).toEqual(once.state);
  pool.state = once.state;
  pool.answer = undefined;
  pool.stepsUntil('done');
  expect(abortRotation(pool.state)).toMatchObject({ state: pool.state, step: { do: 'done' } });
});

test('a pool that does not tell which of its keys is in use has to be told', () => {
  const pool = new Pool('ab', { countsOnly: true, keys: [oldKey, otherKey] });
  expect(pool.stepsUntil('refuse')).toEqual(['list', 'refuse']);
  const told = new Pool('ab', { countsOnly: true, keys: [oldKey, otherKey], origin: oldKey });
  expect(told.stepsUntil('done')).toEqual(wholeWay);
  for (const { keys } of told.members.values()) expect(keys).toEqual([newKey, otherKey]);
});

test('an old key that not all members have is refused, as there would be no way back', () => {
  const pool = new Pool('ab', { origin: otherKey });
  pool.members.get('a')!.keys.push(otherKey);
  expect(pool.stepsUntil('refuse')).toEqual(['list', 'refuse']);
  expect(nextStep(pool.state, pool.observation).step.reason).toBe('who has which keys');
});

test('a rotation whose state was lost halfway is taken up from what the pool shows', () => {
  const pool = new Pool('abc', { keys: [oldKey, newKey] });
  pool.members.get('b')!.keys = [newKey, oldKey];
  pool.stepsUntil('done');
  for (const { keys } of pool.members.values()) expect(keys).toEqual([newKey]);
  const used = new Pool('ab', { keys: [newKey, oldKey, otherKey] });
  expect(used.stepsUntil('refuse')).toEqual(['list', 'refuse']);
  expect(new Pool('ab', { keys: [newKey] }).stepsUntil('done')).toEqual(['list', 'done']);
});

test('a dry run shows the whole way, with whom it will have to wait for', () => {
  const pool = new Pool('abc');
  pool.members.get('c')!.status = 'failed';
  expect(planRotation(pool.state, pool.observation).map((step) => step.do)).toEqual(['list']);
  pool.step();
  const before = structuredClone(pool.state);
  const steps = planRotation(pool.state, pool.observation);
  expect(steps.map((step) => step.do)).toEqual([
    'install',
    'wait',
    'install',
    'list',
    'use',
    'list',
    'remove',
    'list',
    'done',
  ]);
  expect(pool.state).toEqual(before);
});

test('only keys that are keys, and two different ones, make a rotation', () => {
  expect(() => newRotation('!')).toThrow(/new key is not base64 at byte 0/);
  expect(() => newRotation('QUJD')).toThrow(/new key is 3 bytes/);
  expect(() => newRotation(newKey, 'QUJD')).toThrow(/old key is 3 bytes/);
  expect(() => newRotation(newKey, newKey)).toThrow(/the new key is the old one/);
});

test('what was stored is read again, and anything else is not', () => {
  const pool = new Pool('ab');
  pool.stepsUntil('use');
  expect(readRotationState(JSON.parse(JSON.stringify(pool.state)))).toEqual(pool.state);
  const broken = [null, 1, {}, [], { ...pool.state, version: 2 }, { ...pool.state, phase: 'x' }];
  for (const value of [...broken, { ...pool.state, progress: [{ name: 1 }] }, { ...pool.state, retired: [1] }]) {
    expect(readRotationState(value)).toBeUndefined();
  }
});

test('no reason gives a key away', () => {
  const pool = new Pool('abc');
  pool.members.get('c')!.answers = false;
  for (let round = 0; round < 30; round += 1) {
    if (round === 15) pool.members.get('c')!.answers = true;
    const { reason } = pool.step();
    for (const secret of [oldKey, newKey]) expect(reason).not.toContain(secret);
  }
});

test('an agent that has started anew does not make it forget who is away', () => {
  const pool = new Pool('abc');
  pool.stepsUntil('install');
  const [, b, c] = [...pool.members.values()];
  pool.members.delete('b');
  pool.members.delete('c');
  for (let round = 0; round < 20; round += 1) expect(pool.step().do).not.toBe('use');
  expect(nextStep(pool.state, pool.observation).step.reason).toMatch(/does not know members .* b, c; start them/);
  pool.members.set('b', b!);
  pool.members.set('c', { ...c!, status: 'left' });
  expect(pool.stepsUntil('done')).toContain('remove');
  expect(b!.keys).toEqual([newKey]);
});

test('a member that nobody lists any more is waited for until it is given up', () => {
  const pool = new Pool('abc');
  pool.stepsUntil('install');
  pool.members.delete('c');
  for (let round = 0; round < 20; round += 1) expect(pool.step().do).not.toBe('use');
  pool.state = forgetMember(pool.state, 'c');
  expect(pool.stepsUntil('done')).toContain('use');
});
