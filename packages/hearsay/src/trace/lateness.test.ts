import { expect, test } from 'vitest';
import type { LostTime, TraceAnswer } from './answer.ts';
import { whyLate, whyUnheard, type LatenessCase } from './lateness.ts';
import type { LateReason, TraceHearer } from './report.ts';

/** Everybody answers so long after the birth of the rumor. */
const askedAtMs = 10_000;

interface Story {
  /** Infinity: it has not heard. */
  readonly afterMs: number;
  readonly from?: string;
  readonly hole?: string;
  readonly via?: TraceHearer['via'];
  readonly copyCount?: number;
  readonly queuedCount?: number;
  readonly waitedMs?: number | undefined;
  readonly stalls?: readonly LostTime[];
  readonly silences?: readonly LostTime[];
  readonly startedAgoMs?: number;
  readonly unpaidAgoMs?: number;
}
type Stories = Readonly<Record<string, Story>>;

/** Others got 10 copies; later than 800 ms is late. */
function fileOf(stories: Stories): LatenessCase {
  const hearers = new Map<string, TraceHearer>();
  const told = new Map<string, { answer: TraceAnswer; atMs: number }>();
  for (const [name, story] of Object.entries(stories)) {
    const { afterMs, from, hole, via = 'gossip', copyCount = 10, queuedCount = 0 } = story;
    const waitedMs = 'waitedMs' in story ? story.waitedMs : 50;
    const what = { from, hop: undefined, hole, copyCount, queuedCount, waitedMs, sendCount: 12, late: undefined };
    if (afterMs < Infinity) hearers.set(name, { name, afterMs, errorMs: 1, round: 1, via, ...what });
    const { stalls = [], silences = [], startedAgoMs = 60_000, unpaidAgoMs = Infinity } = story;
    const spans = { heldMs: 0, startedAgoMs, forgottenAgoMs: Infinity, unpaidAgoMs };
    told.set(name, { atMs: askedAtMs, answer: { ...spans, stalls, silences, hearing: undefined } });
  }
  return { nowMs: askedAtMs, lateAfterMs: 800, usualWaitMs: 400, hearers, told, usualCopyCount: 10 };
}

/** A span that began and ended so long after the birth of the rumor. */
function lost(fromMs: number, untilMs: number): LostTime {
  return { endedAgoMs: askedAtMs - untilMs, lengthMs: untilMs - fromMs };
}

const origin: Story = { afterMs: 0, via: 'own' };

function reasonOf(name: string, stories: Stories): LateReason {
  const file = fileOf({ a: origin, ...stories });
  return whyLate(file.hearers.get(name)!, file);
}

test.each<[string, Stories, Pick<LateReason, 'cause' | 'at'>]>([
  ['its own stall', { z: { afterMs: 3_000, from: 'a', stalls: [lost(100, 3_000)] } }, { cause: 'stall', at: 'z' }],
  [
    'a stall before the rumor is none',
    { z: { afterMs: 3_000, from: 'a', copyCount: 1, stalls: [lost(-5_000, -100)] } },
    { cause: 'loss', at: 'z' },
  ],
  [
    'the stall of the one who told it',
    { b: { afterMs: 200, from: 'a', waitedMs: 2_500, stalls: [lost(250, 2_700)] }, z: { afterMs: 2_700, from: 'b' } },
    { cause: 'stall', at: 'b' },
  ],
  [
    'the queue of the one who told it',
    { b: { afterMs: 200, from: 'a', waitedMs: 2_500, queuedCount: 300 }, z: { afterMs: 2_700, from: 'b' } },
    { cause: 'queue', at: 'b' },
  ],
  [
    'late timers of the one who told it, where nothing waited',
    { b: { afterMs: 200, from: 'a', waitedMs: 2_500 }, z: { afterMs: 2_700, from: 'b' } },
    { cause: 'stall', at: 'b' },
  ],
  [
    'the budget of the one who told it',
    { b: { afterMs: 200, from: 'a', waitedMs: 2_500, unpaidAgoMs: 8_000 }, z: { afterMs: 2_700, from: 'b' } },
    { cause: 'budget', at: 'b' },
  ],
  [
    'small stalls all along the chain',
    {
      b: { afterMs: 500, from: 'a', stalls: [lost(300, 450)] },
      c: { afterMs: 1_000, from: 'b', stalls: [lost(700, 900)] },
      z: { afterMs: 1_400, from: 'c', stalls: [lost(1_200, 1_300)] },
    },
    { cause: 'stall', at: 'c' },
  ],
  [
    'the loss of one before it on the chain',
    { b: { afterMs: 5_000, from: 'a', copyCount: 1 }, z: { afterMs: 5_200, from: 'b' } },
    { cause: 'loss', at: 'b' },
  ],
  ['few copies', { z: { afterMs: 3_000, from: 'a', copyCount: 2 } }, { cause: 'loss', at: 'z' }],
  ['silence', { z: { afterMs: 5_000, from: 'a', silences: [lost(0, 4_800)] } }, { cause: 'loss', at: 'z' }],
  ['no gossip', { z: { afterMs: 9_000, from: 'a', via: 'push-pull', copyCount: 0 } }, { cause: 'loss', at: 'z' }],
  ['a later start', { z: { afterMs: 3_000, from: 'a', startedAgoMs: 8_000 } }, { cause: 'joined-later', at: 'z' }],
  ['a hole', { z: { afterMs: 3_000, from: 's', hole: 'heard from stock member s' } }, { cause: 'hole', at: 's' }],
  ['nothing at all', { z: { afterMs: 900, from: 'a' } }, { cause: 'chance', at: 'z' }],
])('of a late member the reason is found: %s', (_, stories, reason) => {
  expect(reasonOf('z', stories)).toMatchObject(reason);
});

test('who has not heard is explained by its own stall, by the queue of the one who sent it, or by loss', () => {
  const unheard = (z: Partial<Story>, a: Story = origin): LateReason =>
    whyUnheard('z', fileOf({ a, z: { afterMs: Infinity, ...z } }));
  expect(unheard({ stalls: [lost(100, 9_900)] })).toMatchObject({ cause: 'stall', at: 'z' });
  expect(unheard({}, { ...origin, waitedMs: undefined, queuedCount: 900 })).toMatchObject({ cause: 'queue', at: 'a' });
  expect(unheard({}).text).toContain('no copy has reached it, where others got 10');
});

test('members that say they heard it from each other are late for a reason that nobody knows', () => {
  const same = { x: { afterMs: 9_000, from: 'y' }, y: { afterMs: 9_000, from: 'x' }, z: { afterMs: 9_000, from: 'x' } };
  for (const name of Object.keys(same)) expect(reasonOf(name, same).cause).toBe('chance');
  const other = { x: { afterMs: 3_000, from: 'z' }, z: { afterMs: 3_100, from: 'x' } };
  for (const name of Object.keys(other)) expect(reasonOf(name, other).cause).toBe('chance');
});
