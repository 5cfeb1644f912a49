import { expect, test } from 'vitest';
import { probeEvidence } from '../../../../../test/support/probe-evidence.ts';
import type { EvidenceRecord, MemberState, ProbeEvidence, TransitionEvidence } from '../../swim/index.ts';
import { briefInWords } from './brief.ts';

const nowMs = 100_000;

function transition(to: MemberState, more: Partial<TransitionEvidence> = {}): TransitionEvidence {
  const base = { kind: 'transition', node: 'n2', id: 1, atMs: 60_000, from: 'alive', incarnation: 1 } as const;
  return { ...base, to, by: 'n1', via: 'own', lastAckAtMs: 1, lastPingAtMs: 1, ...more } as TransitionEvidence;
}

function probe(more: Partial<ProbeEvidence> = {}): ProbeEvidence {
  const helpers = [
    { name: 'n3', answer: undefined },
    { name: 'n4', answer: undefined },
    { name: 'n5', answer: 'nack' },
  ] as const;
  return probeEvidence({ helpers, ...more });
}

const confirmation = { kind: 'confirmation', node: 'n2', id: 3, atMs: 61_000, by: 'n3' } as const;
const died = transition('dead', { from: 'suspect', atMs: 65_000 });

test.each<[string, MemberState, readonly EvidenceRecord[], string]>([
  [
    'an own probe tells what was tried',
    'dead',
    [died, transition('suspect'), probe()],
    'no ack, nor for 1 relay, 2 relays silent',
  ],
  [
    'who accused it too is added',
    'suspect',
    [confirmation, transition('suspect'), probe({ helpers: [], stream: 'refused' })],
    'no ack, TCP refused; accused by n3',
  ],
  [
    'a paused process accepts a connection and is silent',
    'suspect',
    [transition('suspect'), probe({ helpers: [], stream: 'silent' })],
    'no ack, TCP silent',
  ],
  [
    'a ping that could not be sent is said to be so',
    'suspect',
    [transition('suspect'), probe({ helpers: [], sendFailure: 'ENETUNREACH' })],
    'could not send (ENETUNREACH)',
  ],
  [
    'without an own probe the accusers are named',
    'dead',
    [died, confirmation, transition('suspect', { by: 'n7', via: 'gossip' })],
    'accused by n3 and n7',
  ],
  [
    'a probe of long before is another matter',
    'suspect',
    [transition('suspect', { by: 'n7', via: 'gossip' }), probe({ atMs: 40_000 })],
    'accused by n7',
  ],
  [
    'an exchange of states names nobody',
    'suspect',
    [transition('suspect', { via: 'push-pull' })],
    'told in an exchange of states',
  ],
  ['who says goodbye goes on purpose', 'left', [transition('left', { by: 'n2' })], 'on purpose'],
  [
    'who is back was something before',
    'alive',
    [transition('alive', { from: 'dead', atMs: 90_000 }), died, transition('suspect'), probe({ helpers: [] })],
    'was failed: no ack',
  ],
  [
    'a denial after the return changes nothing',
    'alive',
    [transition('alive', { atMs: 91_000 }), transition('alive', { from: 'suspect', atMs: 90_000 })],
    'was suspect',
  ],
  ['who comes again had left', 'alive', [transition('alive', { from: 'left', atMs: 90_000 })], 'had left'],
  ['a new incarnation alone is nothing', 'alive', [transition('alive', { from: 'alive', atMs: 90_000 })], ''],
  [
    'a probe that others saved is odd',
    'alive',
    [probe({ outcome: 'acked-through-others', atMs: 90_000 })],
    'acked through others only',
  ],
  ['one that was saved long ago is not', 'alive', [probe({ outcome: 'acked-by-stream', atMs: 30_000 })], ''],
  [
    'a conflict that goes on is told',
    'alive',
    [
      {
        kind: 'conflict',
        node: 'n2',
        id: 1,
        atMs: 0,
        lastAtMs: 99_000,
        count: 9,
        known: '10.0.0.1:1',
        claimed: '10.0.0.2:1',
      },
    ],
    '10.0.0.2:1 claims its name',
  ],
  ['what is not remembered is not told', 'dead', [], ''],
])('%s', (_, state, records, expected) => {
  expect(briefInWords(state, records, nowMs)).toBe(expected);
});

test('of a member that is well otherwise it is told when it says that it is not', () => {
  const brief = (healthScore: number, stalledMs: number): string =>
    briefInWords('alive', [], nowMs, { atMs: 95_000, healthScore, stalledMs });
  expect(brief(0, 999)).toBe('');
  expect(brief(2, 0)).toBe('says its health score is 2');
  expect(brief(2, 2_100)).toBe('says it stood still for 2.1 s');
  const returned = [transition('alive', { from: 'dead', atMs: 90_000 })];
  const said = { atMs: 95_000, healthScore: 0, stalledMs: 14_000 };
  expect(briefInWords('alive', returned, nowMs, said)).toBe('was failed; says it stood still for 14 s');
  expect(
    briefInWords('left', [transition('left', { by: 'n2' })], nowMs, { atMs: 1, healthScore: 1, stalledMs: 0 }),
  ).toBe('on purpose');
});

test('a recovery is told for ten minutes', () => {
  const records = [transition('alive', { from: 'suspect', atMs: 0 })];
  expect(briefInWords('alive', records, 600_000)).toBe('was suspect');
  expect(briefInWords('alive', records, 600_001)).toBe('');
});
