/*
 * The rotation behind `hearsay keys rotate`, over the real protocol: whoever crashes at whichever step, any two live
 * members can read each other, and once all are back it comes to its end. Members keep their keys in keyring files.
 *
 *   HEARSAY_SEEDS=20 npx vitest run test/scenarios/serf-key-rotation.test.ts   every case with so many seeds
 */
import { InvariantBroken } from 'hearsay/sim';
import { expect, test } from 'vitest';
import {
  beginRotation,
  comeBack,
  crash,
  expectOnly,
  newKey,
  oldKey,
  tellOnFailure,
  type Run,
} from '../support/rotation-pool.ts';
import { points, type Mistake, type Trouble } from '../support/sim-rotation.ts';

const [agent, otherAgent, member] = ['n1', 'n2', 'n3'];
const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
const moments = ['before', 'during', 'after'] as const;
const seedCount = Number(process.env.HEARSAY_SEEDS ?? 1);
const timeout = 60_000 * seedCount;
/** It is back before anybody takes it for failed. */
const shortMs = 1_500;
/** All take for failed who is down. */
const detectedMs = 30_000;

/** What goes wrong. */
interface Victim {
  readonly strike: (run: Run) => void;
  /** Who rotates crashes, too. */
  readonly isForgotten?: boolean;
  /** Some may take this one for failed for a while. */
  readonly missed?: string;
  /** It is down until the rotation waits for it, or is over. */
  readonly staysAway?: boolean;
}

const nothingElse = 'who rotates crashes';
const victims: Readonly<Record<string, Victim>> = {
  [nothingElse]: { strike: () => undefined, isForgotten: true },
  'who rotates crashes and goes on through another agent': {
    strike: ({ rotation }) => void (rotation.through = otherAgent),
    isForgotten: true,
  },
  'the agent that is asked crashes': { strike: ({ pool }) => crash(pool, agent, shortMs) },
  'the agent that is asked is away for long': {
    strike: ({ pool, rotation }) => {
      crash(pool, agent);
      rotation.through = otherAgent;
    },
    isForgotten: true,
    missed: agent,
    staysAway: true,
  },
  'a member crashes': { strike: ({ pool }) => crash(pool, member, shortMs) },
  'a member is away for long': { strike: ({ pool }) => crash(pool, member), missed: member, staysAway: true },
  'a member is away for long, which the agent that is asked does not know any more': {
    strike: ({ pool }) => {
      crash(pool, member);
      pool.runForMs(detectedMs);
      crash(pool, agent, shortMs);
    },
    missed: member,
    staysAway: true,
  },
  'a member is paused': { strike: ({ pool }) => void pool.pause(member, { forMs: 20_000 }), missed: member },
  'a member is cut off': { strike: ({ pool }) => void pool.isolate(member, { forMs: 20_000 }), missed: member },
  'all crash at once': { strike: ({ pool }) => names.forEach((name) => crash(pool, name, shortMs)) },
};

test.each(Object.keys(victims))(
  'at whichever step %s: the pool stays one, and gets its new key',
  { timeout },
  (name) => {
    const victim = victims[name]!;
    atEveryStep(name, victim, moments, (run) => {
      expect(finish(run, victim)).toBe('done');
      expectOnly(run.pool, newKey, names);
    });
  },
);

test.each(Object.keys(victims))(
  'called off at whichever step, and %s: the pool stays one, and has one key',
  { timeout },
  (name) => {
    const victim = victims[name]!;
    const strike = (run: Run): void => {
      run.rotation.abort();
      victim.strike(run);
    };
    // Without an operation under way only the state differs, as it does when nothing else happens.
    const chosen = victim === victims[nothingElse] || seedCount > 1 ? moments : (['during'] as const);
    atEveryStep(name, { ...victim, strike, isForgotten: true }, chosen, (run) => {
      // Too late once the old key is being removed.
      const only = run.rotation.state.hasRemoved ? newKey : oldKey;
      expect(finish(run, victim)).toBe('done');
      expect(names.map((other) => run.pool.core(other).keyring.primary)).toEqual(names.map(() => only));
      // One that was taken for failed while nobody used the new key was not waited for, and may still hold it.
      expectOnly(
        run.pool,
        only,
        names.filter((other) => other !== victim.missed),
      );
    });
  },
);

test.each([1, 2])('a member that was away since before it began is waited for, and gets the key (seed %d)', (seed) => {
  const { pool, rotation } = begin(seed);
  crash(pool, member);
  pool.runForMs(detectedMs);
  rotation.runUntil(({ reason }) => reason.startsWith('failed members'));
  for (let round = 0; round < 20; round += 1) {
    expect(rotation.step().do).not.toBe('use');
    pool.runForMs(2_000);
  }
  expect(rotation.steps.at(-1)?.reason).toMatch(/failed members .* n3; start them, or force them to leave/);
  comeBack(pool, member);
  expect(rotation.finish().do).toBe('done');
  expectOnly(pool, newKey, names);
});

test('one that will not come back is forced to leave, and then not waited for', () => {
  const { pool, rotation } = begin(2);
  crash(pool, member);
  pool.runForMs(detectedMs);
  rotation.runUntil(({ reason }) => reason.startsWith('failed members'));
  pool.serf.forceLeave(agent, member);
  pool.runForMs(5_000);
  expect(rotation.finish().do).toBe('done');
  expectOnly(
    pool,
    newKey,
    names.filter((name) => name !== member),
  );
});

/** Mistakes that a rotation could make. That each is found shows that the checker sees what it is there for. */
const notWaiting: Mistake = ({ members, ...rest }) => ({
  ...rest,
  members: members.map(({ name, status }) => ({ name, status: status === 'failed' ? 'left' : status })),
});
const notLooking: Mistake = (observation, { phase, target }) => {
  const { members, answer } = observation;
  if (phase !== 'use' || answer === undefined) return observation;
  const byMember = new Map(members.map(({ name }) => [name, { ok: true, keys: [target], primaryKey: target }]));
  return { members, answer: { ...answer, result: { ...answer.result, byMember } } };
};

test.each([
  {
    what: 'does not wait for the absent',
    mistake: notWaiting,
    point: 'install/install',
    victim: { strike: ({ pool }: Run) => crash(pool, member), staysAway: true, missed: member },
  },
  {
    what: 'removes the old key before it has seen the new one in use',
    mistake: notLooking,
    point: 'use/use',
    victim: { strike: ({ pool }: Run) => void pool.isolate(member, { forMs: 4_000 }) },
  },
])('a rotation that $what is found out', ({ mistake, point, victim }) => {
  const play = (run: Run): string => {
    strikeAt(run, point, 'before', victim);
    return finish(run, victim);
  };
  expect(play(begin(2))).toBe('done');
  expect(() => play(begin(2, mistake))).toThrow(InvariantBroken);
  expect(() => play(begin(2, mistake))).toThrow(/common-key: .* cannot read what .* seals/);
});

function begin(seed: number, mistake?: Mistake): Run {
  const swim = { pushPullIntervalMs: 10_000, healIntervalMs: 5_000, compression: false };
  return beginRotation(
    { seed, nodeCount: names.length, swim, network: { loss: 0.05 } },
    {
      through: agent,
      // Every second one learns from the agent what RPC tells.
      telling: seed % 2 === 0 ? 'names' : 'counts',
      ...(mistake !== undefined && { mistake }),
    },
  );
}

function atEveryStep(
  name: string,
  victim: Victim,
  chosen: readonly Trouble['moment'][],
  check: (run: Run) => void,
): void {
  let seed = 0;
  for (const point of points) {
    for (const moment of chosen) {
      for (let repeat = 0; repeat < seedCount; repeat += 1) {
        const run = begin(seed++);
        tellOnFailure(`${name} ${moment} ${point}`, run, () => {
          strikeAt(run, point, moment, victim);
          check(run);
        });
      }
    }
  }
}

function strikeAt(run: Run, point: string, moment: Trouble['moment'], { strike, isForgotten = false }: Victim): void {
  const { rotation } = run;
  rotation.trouble = { point, moment, isForgotten, strike: () => strike(run) };
  rotation.runUntil(() => rotation.trouble === undefined);
  expect(rotation.trouble).toBeUndefined();
}

/** Goes on as far as it can without the one that is away, and then to the end with it. */
function finish({ pool, rotation }: Run, { missed, staysAway = false }: Victim): string {
  if (missed !== undefined && staysAway) {
    const startedAtMs = pool.nowMs;
    rotation.runUntil(({ do: what }) => what === 'wait' && pool.nowMs - startedAtMs > detectedMs);
    comeBack(pool, missed);
    pool.runForMs(10_000);
  }
  return rotation.finish().do;
}
