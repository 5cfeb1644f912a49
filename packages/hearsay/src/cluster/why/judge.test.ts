import { expect, test } from 'vitest';
import { probeEvidence as probe } from '../../../../../test/support/probe-evidence.ts';
import type { TransitionEvidence } from '../../swim/index.ts';
import type { CaseFile } from './case-file.ts';
import { episodesOf } from './episode.ts';
import { judge } from './judge.ts';
import type { Testimony } from './testimony.ts';

const nowMs = 100_000;

/** n1 has accused n2 at 60 s and declared it dead at 65 s. */
function transition(to: TransitionEvidence['to'], atMs: number, more: Partial<TransitionEvidence> = {}) {
  const base = { kind: 'transition', node: 'n2', id: 1, from: 'alive', incarnation: 1, by: 'n1', via: 'own' } as const;
  const address = '10.0.0.2:7946';
  return {
    ...base,
    address,
    to,
    atMs,
    lastAckAtMs: 50_000,
    lastPingAtMs: 51_000,
    frozenMs: undefined,
    said: undefined,
    ...more,
  };
}

function testimony(witness: string, more: Partial<Testimony> = {}): Testimony {
  return {
    witness,
    startedAtMs: 0,
    healthScore: 0,
    records: [],
    aboutAccusers: [],
    own: [],
    lastAckAtMs: 50_000,
    lastPingAtMs: 51_000,
    changedAtMs: 65_000,
    lostCount: 0,
    memberCount: 5,
    ...more,
  };
}

const died = [transition('suspect', 60_000), transition('dead', 65_000, { from: 'suspect' })];
const refuted = [transition('suspect', 60_000), transition('alive', 60_200, { from: 'suspect', by: 'n2' })];

function file(n1: Partial<Testimony>, more: Partial<CaseFile> = {}): CaseFile {
  const witnesses = [testimony('n1', n1), testimony('n3')];
  return {
    node: 'n2',
    nowMs,
    state: 'dead',
    helperWaitMs: 500,
    episode: episodesOf(witnesses.flatMap(({ records }) => records))[0],
    witnesses,
    accused: undefined,
    pingNow: undefined,
    missing: [],
    ...more,
  };
}

const accused = (more: Partial<Testimony> = {}): Testimony => testimony('n2', more);
const refutation = (atMs: number) => ({ kind: 'refutation', atMs, incarnation: 2, accuser: 'n1' }) as const;
const conflict = { kind: 'conflict', node: 'n2', id: 4, atMs: 60_000, lastAtMs: 90_000, count: 3 } as const;
const stale = { kind: 'stale', node: 'n2', id: 5, atMs: 70_000, lastAtMs: 70_000, count: 1 } as const;

test.each<[string, CaseFile, Partial<ReturnType<typeof judge>>]>([
  ['nothing is remembered', file({}, { state: 'alive' }), { cause: 'unknown', certainty: 'none' }],
  [
    'nothing is remembered, but its clock is wrong',
    file(
      {},
      {
        state: 'alive',
        accused: accused({ own: [{ kind: 'clock', atMs: 98_000, aheadMs: 3_600_000, refusedBy: 'n1, n3' }] }),
      },
    ),
    { cause: 'unknown', grounds: ['the clock of n2 was 60 min ahead 2.0 s ago: n1, n3 refused what it wrote'] },
  ],
  ['a goodbye', file({ records: [transition('left', 60_000, { by: 'n2' })] }), { cause: 'left-on-purpose' }],
  [
    'another claims the name',
    file({ records: [...died, { ...conflict, known: 'a:1', claimed: 'b:1' }] }),
    { cause: 'name-conflict' },
  ],
  [
    'its process is younger than its death',
    file({ records: died }, { accused: accused({ startedAtMs: 80_000 }) }),
    { cause: 'restarted', certainty: 'certain' },
  ],
  [
    'a member that does not answer spoke as before its life',
    file({ records: [...died, { ...stale, incarnation: 1, knownIncarnation: 4 }] }),
    { cause: 'restarted', certainty: 'likely' },
  ],
  [
    "the accuser's timers were late, the accused was well",
    file({ records: [...refuted, probe({ lateMs: 400 })] }, { accused: accused({ own: [refutation(60_100)] }) }),
    { cause: 'observer-stalled', certainty: 'certain' },
  ],
  [
    'the accuser stood still during the probe',
    file(
      { records: [...refuted, probe()], own: [{ kind: 'stall', atMs: 59_900, lateMs: 600 }] },
      { accused: accused({ own: [refutation(60_100)] }) },
    ),
    { cause: 'observer-stalled' },
  ],
  [
    'the accused stood still',
    file(
      { records: [...died, probe()] },
      { accused: accused({ own: [{ kind: 'stall', atMs: 80_000, lateMs: 21_500 }] }) },
    ),
    { cause: 'target-stalled', certainty: 'certain' },
  ],
  [
    'a connection stood, nobody answered',
    file({ records: [...died, probe({ stream: 'silent' })] }),
    { cause: 'target-stalled' },
  ],
  [
    'an answer came late',
    file({ records: [...died, probe({ lateAckMs: 9_000 })] }),
    { cause: 'target-stalled', certainty: 'likely' },
  ],
  [
    'the accused received nothing, and nothing of it was heard',
    file(
      { records: [...died, probe()] },
      { accused: accused({ own: [{ kind: 'silence', atMs: 90_000, silentMs: 32_000 }] }) },
    ),
    { cause: 'path-broken', path: 'both-ways' },
  ],
  [
    'the accused received nothing, its pings were heard',
    file(
      { records: [transition('suspect', 60_000), transition('dead', 65_000, { lastPingAtMs: 63_000 }), probe()] },
      { accused: accused({ own: [{ kind: 'silence', atMs: 90_000, silentMs: 32_000 }] }) },
    ),
    { cause: 'path-broken', path: 'to-target' },
  ],
  [
    'the accused heard the accusation, and was not heard',
    file({ records: [...died, probe()] }, { accused: accused({ own: [refutation(61_000)] }) }),
    { cause: 'path-broken', path: 'from-target' },
  ],
  [
    'pings of one that is believed dead still arrive',
    file({ records: [...died, probe()], lastPingAtMs: 95_000 }),
    { cause: 'path-broken', path: 'to-target' },
  ],
  [
    'others were lost at the same time',
    file({ records: [...died, probe()], lostCount: 2 }),
    { cause: 'path-broken', path: 'both-ways', certainty: 'likely' },
  ],
  [
    'a connection was refused',
    file({ records: [...died, probe({ stream: 'refused' })] }),
    { cause: 'target-died', certainty: 'certain' },
  ],
  [
    'a connection was refused in a probe that is under way',
    file({ records: [died[0]!, probe({ outcome: 'pending', stream: 'refused' })] }, { state: 'suspect' }),
    { cause: 'target-died', certainty: 'certain' },
  ],
  [
    'what comes from its address is sealed with another key',
    file({
      records: [...died, probe({ stream: 'silent' })],
      own: [{ kind: 'stranger', atMs: 61_000, stranger: 'key', from: '10.0.0.2:7946' }],
    }),
    { cause: 'path-broken', path: 'unreadable', certainty: 'certain' },
  ],
  [
    'nothing was heard of it in any way',
    file({ records: [...died, probe()] }, { pingNow: 'unreachable' }),
    { cause: 'target-died', certainty: 'likely', alternatives: ['path-broken'] },
  ],
  [
    'one that had stood still before is silent',
    file({
      records: [transition('suspect', 60_000, { said: { atMs: 56_000, healthScore: 2, stalledMs: 1_500 } }), probe()],
    }),
    {
      cause: 'target-died',
      alternatives: ['path-broken', 'target-stalled'],
      grounds: expect.arrayContaining(['it had said 4.0 s before: own health 2, stood still for 1.5 s']) as string[],
    },
  ],
])('%s', (_, evidence, verdict) => {
  expect(judge(evidence)).toMatchObject(verdict);
});
