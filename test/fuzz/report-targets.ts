import type { CaseFile } from '../../packages/hearsay/src/cluster/why/case-file.ts';
import {
  decodeQuestion as decodeWhyQuestion,
  decodeTestimony,
  encodeWhy,
} from '../../packages/hearsay/src/cluster/why/codec.ts';
import { episodesOf } from '../../packages/hearsay/src/cluster/why/episode.ts';
import { toReport } from '../../packages/hearsay/src/cluster/why/report.ts';
import type { Testimony } from '../../packages/hearsay/src/cluster/why/testimony.ts';
import { decodeInquiry, encodeInquiry } from '../../packages/hearsay/src/inquiry/codec.ts';
import { inquiryLimits } from '../../packages/hearsay/src/inquiry/index.ts';
import { swimPresets } from '../../packages/hearsay/src/swim/index.ts';
import { decodeEstimate, encodeExtrema, encodeMass } from '../../packages/hearsay/src/telemetry/estimate/codec.ts';
import { Epoch } from '../../packages/hearsay/src/telemetry/estimate/epoch.ts';
import { Outcome } from '../../packages/hearsay/src/telemetry/estimate/outcome.ts';
import { Folder } from '../../packages/hearsay/src/telemetry/folder.ts';
import { pageKey, packWhole } from '../../packages/hearsay/src/telemetry/page.ts';
import { decodePollQuestion, encodePollQuestion } from '../../packages/hearsay/src/telemetry/poll/question.ts';
import { Registry } from '../../packages/hearsay/src/telemetry/registry.ts';
import type { TraceAnswer } from '../../packages/hearsay/src/trace/answer.ts';
import { assembleReport, modelOf, type TraceFile } from '../../packages/hearsay/src/trace/assemble.ts';
import {
  decodeAnswer,
  decodeQuestion as decodeTraceQuestion,
  encodeAnswer,
  encodeQuestion as encodeTraceQuestion,
} from '../../packages/hearsay/src/trace/codec.ts';
import { SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { compareTables } from '../../packages/hearsay/src/views/comparison.ts';
import { decodeDigest, digestOf, encodeDigest } from '../../packages/hearsay/src/views/digest.ts';
import { groupViews } from '../../packages/hearsay/src/views/groups.ts';
import {
  decodePage,
  decodeTableQuestion,
  encodePage,
  encodeTableQuestion,
} from '../../packages/hearsay/src/views/table.ts';
import type { Belief } from '../../packages/hearsay/src/views/belief.ts';
import { check } from './inputs.ts';

/** Something that peers send, and what becomes of it here. */
interface ReportTarget {
  /** What a sound member sends. */
  readonly samples: readonly Uint8Array[];
  /** Reads changed bytes and works with them; false when they are refused. */
  readonly read: (bytes: Uint8Array) => boolean;
}

const nowMs = 100_000;
const rng = new SeededRng(1);

const inquiry: ReportTarget = {
  samples: [
    encodeInquiry({ type: 'ask', id: 7, from: 'n1', topic: 1, askedCount: 3, payload: Uint8Array.of(1, 2) }),
    encodeInquiry({ type: 'answer', id: 7, from: 'n1', piece: 0, pieceCount: 2, payload: Uint8Array.of(1, 2) }),
  ],
  read: (bytes) => {
    const message = decodeInquiry(bytes);
    if (message?.type === 'answer') check(message.piece < message.pieceCount, 'a piece is one of all');
    return message !== undefined;
  },
};

const probe = { kind: 'probe', node: 'n2', id: 1, atMs: 90_000, startedAtMs: 89_000, askedOthersAtMs: 89_500 } as const;
const transition = {
  kind: 'transition',
  node: 'n2',
  incarnation: 1,
  by: 'n1',
  lastAckAtMs: 1,
  lastPingAtMs: 2,
  frozenMs: 4_500,
} as const;
const said = { atMs: 80_000, healthScore: 1, stalledMs: 600 };
const health = { lateMs: 3, healthScore: 0, sendFailure: undefined, lateAckMs: 900 };
const how = { address: '10.0.0.2:7946', via: 'gossip', said } as const;
const testimony: Testimony = {
  witness: 'n1',
  startedAtMs: 10,
  healthScore: 0,
  records: [
    { ...probe, ...health, outcome: 'failed', helpers: [{ name: 'n3', answer: 'nack' }], stream: 'refused' },
    { ...transition, ...how, id: 2, atMs: 91_000, from: 'alive', to: 'suspect' },
    { ...transition, ...how, id: 3, atMs: 95_000, from: 'suspect', to: 'dead' },
    { kind: 'confirmation', node: 'n2', id: 4, atMs: 92_000, by: 'n5' },
    { kind: 'conflict', node: 'n2', id: 5, atMs: 92_000, known: 'a', claimed: 'b', count: 2, lastAtMs: 93_000 },
    { kind: 'stale', node: 'n2', id: 6, atMs: 92_000, incarnation: 1, knownIncarnation: 4, count: 1, lastAtMs: 93_000 },
    { kind: 'relay', node: 'n2', id: 7, atMs: 92_000, startedAtMs: 91_000, asker: 'n3', isAcked: true },
  ],
  aboutAccusers: [{ ...transition, ...how, id: 8, node: 'n1', atMs: 91_000, from: 'alive', to: 'suspect' }],
  own: [
    { kind: 'stall', atMs: 91_000, lateMs: 2_000 },
    { kind: 'refutation', atMs: 92_000, incarnation: 2, accuser: 'n1' },
    { kind: 'silence', atMs: 93_000, silentMs: 4_000 },
    { kind: 'stranger', atMs: 93_000, stranger: 'key', from: '10.0.0.2:7946' },
  ],
  lastAckAtMs: -Infinity,
  lastPingAtMs: 94_000,
  changedAtMs: 95_000,
  lostCount: 0,
  memberCount: 5,
};

/** What is told of the node by `changed` and by itself, judged: all of it is text, and numbers. */
function judged(changed: Testimony, isAccused: boolean): void {
  const episode = episodesOf([...testimony.records, ...changed.records])[0];
  const file: CaseFile = {
    node: 'n2',
    nowMs,
    state: 'dead',
    helperWaitMs: 500,
    episode,
    witnesses: isAccused ? [testimony] : [testimony, { ...changed, witness: 'n4' }],
    accused: isAccused ? changed : undefined,
    pingNow: undefined,
    missing: [],
  };
  const { timeline, verdict, startedAgoMs } = toReport(file);
  check(
    typeof verdict.text === 'string' && verdict.grounds.every((ground) => !ground.includes('undefined')),
    'grounds',
  );
  check(
    timeline.every(({ text, agoMs }) => typeof text === 'string' && Number.isFinite(agoMs)),
    'the timeline is whole',
  );
  check(startedAgoMs === undefined || Number.isFinite(startedAgoMs), 'the beginning is a number');
}

const whyQuestion = { node: 'n2', accusers: ['n1', 'n5'], fromAtMs: -Infinity, toAtMs: nowMs, startedAtMs: 91_000 };

/** When a member heard a rumor from whom, as all told. */
const answers: readonly TraceAnswer[] = [undefined, 'n0', 'n1'].map((fromName, index) => ({
  heldMs: 1,
  startedAgoMs: 60_000,
  forgottenAgoMs: Infinity,
  unpaidAgoMs: index === 1 ? 500 : Infinity,
  stalls: [{ endedAgoMs: 3_000, lengthMs: 400 }],
  silences: index === 2 ? [{ endedAgoMs: 3_000, lengthMs: 400 }] : [],
  hearing: {
    agoMs: 9_000 - 3_000 * index,
    via: fromName === undefined ? 'own' : 'gossip',
    fromName,
    fromAddress: undefined,
    copyCount: 3,
    queuedCount: index,
    sendCount: 9,
    waitedMs: 100,
    isGone: true,
  },
}));

function assembled(changed: TraceAnswer): void {
  const told = [...answers, changed].map((answer, index) => [`n${index}`, answer] as const);
  const file: TraceFile = {
    kind: 'event',
    name: 'deploy',
    origin: 'n0',
    tookMs: 10_000,
    missing: [],
    told: new Map(told.map(([name, answer]) => [name, { answer, atMs: 10_000, rttMs: 1, errorMs: 1 }])),
    memberCount: 4,
    targetCount: 3,
    sendLimit: 8,
    holdMs: 0,
    isEager: false,
    loss: 0,
    config: swimPresets.lan,
  };
  const rounds = [1, 3, 4].map((mean) => ({ mean, standardDeviation: 0.5 }));
  const theory = { rounds, lastP50Ms: 400, lastP99Ms: 600, missedShare: 0, trialCount: 48 };
  const report = assembleReport(file, modelOf(file), theory);
  check(
    report.hearers.every(({ afterMs, round }) => afterMs >= 0 && Number.isFinite(round)),
    'instants are numbers',
  );
  check(report.rounds.length <= 64, 'rounds are bounded');
}

const beliefs: readonly Belief[] = (['alive', 'suspect', 'failed', 'left'] as const).map((state, index) => ({
  name: `n${index}`,
  state,
  address: { host: `10.0.0.${index}`, port: 7_946 },
  incarnation: index,
  meta: Uint8Array.of(255, index),
}));
const sound = digestOf(beliefs, 3);

const registry = new Registry(2);
registry.get('counter', 'hits').add(2 ** 40 + 0.5);
registry.get('gauge', 'load').set(-0.25);
for (const value of [0, 1e-3, -7, 1e12]) registry.get('histogram', 'ms').current.record(value);
for (const text of ['a', 'b', 'c']) {
  registry.get('distinct', 'users').current.add(text);
  registry.get('topK', 'paths').current.add(text);
}
const page = packWhole({ generation: 9, epoch: 3, windowMs: 60_000 }, registry.samples());

function folded(value: Uint8Array): boolean {
  const entry = { value };
  const own = { value: page };
  const get = (node: string, key: string): { readonly value: Uint8Array } | undefined =>
    key === pageKey(0) ? (node === 'b' ? entry : own) : undefined;
  const folder = new Folder({ nodes: () => ['a', 'b'], get, ageMs: () => 0 });
  const names = folder.metrics();
  for (const { name, kind } of names) {
    if (kind === 'counter') folder.foldCounter(name);
    else folder.fold(kind, name);
  }
  const histogram = folder.fold('histogram', 'ms')!.sketch;
  check(histogram.binCount <= 2_048, 'bins are bounded');
  check(!Number.isNaN(histogram.quantile(0.5)) && !Number.isNaN(histogram.alpha), 'a quantile is a number');
  check(folder.fold('topK', 'paths')!.sketch.top(1_000).length <= 128, 'keys are bounded');
  check(folder.fold('distinct', 'users')!.sketch.estimate() >= 0, 'an estimate is a number');
  check(
    names.every(({ name }) => /^[\w.:]+$/.test(name)),
    'names are names',
  );
  return folder.unreadableCount === 0;
}

const epoch = new Epoch(5, 4, 0);
epoch.contribute([[77, 3.5]], rng);
epoch.advance(rng);

function estimated(bytes: Uint8Array): boolean {
  if (bytes.length < 5) return false;
  const message = decodeEstimate(bytes);
  if (typeof message === 'string') return false;
  const own = new Epoch(5, 4, 0);
  own.contribute([[77, 3.5]], rng);
  if (message.type === 'mass') own.mass.merge(message.mass);
  else {
    own.count.merge(message.count.levels);
    own.weight.merge(message.weight.levels);
  }
  own.advance(rng);
  const outcome = new Outcome(own);
  const { sum, mean, nodes } = outcome.estimate(77)!;
  check([outcome.nodes, outcome.massLeft, sum, mean, nodes].every(Number.isFinite), 'estimates are numbers');
  return true;
}

/** All of them, by name. */
export const reportTargets: Readonly<Record<string, ReportTarget>> = {
  inquiry,
  whyQuestion: {
    samples: [encodeWhy(whyQuestion, nowMs)],
    read: (bytes) => decodeWhyQuestion(bytes, nowMs) !== undefined,
  },
  testimony: {
    samples: [encodeWhy(testimony, nowMs), encodeWhy({ ...testimony, witness: 'n2' }, nowMs)],
    read: (bytes) => {
      const changed = decodeTestimony(bytes, nowMs);
      if (changed === undefined) return false;
      for (const isAccused of [false, true]) judged(changed, isAccused);
      return true;
    },
  },
  traceQuestion: {
    samples: [encodeTraceQuestion('event 7 deploy')],
    read: (bytes) => decodeTraceQuestion(bytes) !== undefined,
  },
  traceAnswer: {
    samples: answers.map(encodeAnswer),
    read: (bytes) => {
      const answer = decodeAnswer(bytes);
      if (answer !== undefined) assembled(answer);
      return answer !== undefined;
    },
  },
  viewDigest: {
    samples: [encodeDigest(sound)],
    read: (bytes) => {
      const digest = decodeDigest(bytes);
      if (digest === undefined) return false;
      const told = [sound, digest].map((each, index) => ({ name: `n${index}`, ageMs: 0, digest: each }));
      const { groups } = groupViews([told[0]!, told[1]!], [], () => beliefs);
      check(groups.length === (digest.live === sound.live ? 1 : 2), 'each is in one group');
      return true;
    },
  },
  tableQuestion: {
    samples: [encodeTableQuestion('n1')],
    read: (bytes) => {
      const after = decodeTableQuestion(bytes);
      if (after !== undefined) encodePage(beliefs, after);
      return after !== undefined;
    },
  },
  tablePage: {
    samples: [encodePage(beliefs, '')],
    read: (bytes) => {
      const table = decodePage(bytes, '');
      if (table === undefined) return false;
      const rows = decodePage(encodePage(beliefs, ''), '')!.rows;
      const { differences } = compareTables({ name: 'a', rows }, { name: 'b', rows: table.rows });
      check(
        differences.every(({ aspects }) => aspects.length > 0),
        'a difference is in something',
      );
      if (table.hasMore) {
        const next = encodeTableQuestion(table.rows.at(-1)!.name);
        check(next.length <= inquiryLimits.questionMaxBytes, 'the next page can be asked for');
      }
      return true;
    },
  },
  pollQuestion: {
    samples: [encodePollQuestion(['hits', 'load'])],
    read: (bytes) => {
      const names = decodePollQuestion(bytes);
      if (names !== undefined) registry.samples(new Set(names));
      return names !== undefined;
    },
  },
  metricPage: { samples: [page], read: folded },
  estimate: {
    samples: [
      encodeMass({ epoch: 5, round: 4 }, epoch.mass),
      encodeExtrema({ epoch: 5, round: 4 }, epoch.count, epoch.weight),
    ],
    read: estimated,
  },
};
