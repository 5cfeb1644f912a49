/**
 * Keeps docs/limits.md true: the tables are made from the files of limits and from what is said here about each limit's
 * effect. `npm run docs` writes it anew.
 */
import { expect, test } from 'vitest';
import { kvFailures, kvWireLimits } from '../packages/hearsay/src/kv/codec/index.ts';
import { exchangeLimits } from '../packages/hearsay/src/kv/exchange/limits.ts';
import { newExchangeStats } from '../packages/hearsay/src/kv/exchange/parts.ts';
import { kvLimits } from '../packages/hearsay/src/kv/limits.ts';
import { serfLimits } from '../packages/hearsay/src/serf/limits.ts';
import { queryLimits } from '../packages/hearsay/src/serf/query-limits.ts';
import { QueryStats } from '../packages/hearsay/src/serf/query-stats.ts';
import { stateLimits } from '../packages/hearsay/src/serf/state-limits.ts';
import { SerfCounters } from '../packages/hearsay/src/serf/stats.ts';
import { evidenceLimits } from '../packages/hearsay/src/swim/evidence/limits.ts';
import { swimLimits } from '../packages/hearsay/src/swim/limits.ts';
import { SwimStats } from '../packages/hearsay/src/swim/stats.ts';
import { estimateLimits } from '../packages/hearsay/src/telemetry/estimate/limits.ts';
import { telemetryLimits } from '../packages/hearsay/src/telemetry/limits.ts';
import { traceLimits } from '../packages/hearsay/src/trace/limits.ts';
import { viewsLimits } from '../packages/hearsay/src/views/limits.ts';
import { wireLimits } from '../packages/hearsay/src/wire/limits.ts';
import { wireFailures } from '../packages/hearsay/src/wire/wire-failure.ts';
import { readSources, SourceFile } from './support/source-files.ts';

/** What happens at the limit, and where one sees it: a counter of the node's stats, or an error's code. */
interface Effect {
  readonly effect: string;
  readonly seenIn: string;
}

const queueDrop = 'rumorQueue.dropped, broadcastQueue.dropped';

const wireEffects: Record<keyof typeof wireLimits, Effect> = {
  packetMaxBytes: {
    effect: 'an option that would exceed it is refused; sockets deliver nothing longer',
    seenIn: 'ERR_CONFIG',
  },
  labelMaxBytes: { effect: 'a longer label is refused', seenIn: 'ERR_CONFIG' },
  metaMaxBytes: {
    effect: 'longer metadata of our own is refused, and so is an alive message of another with it',
    seenIn: 'ERR_META_TOO_LARGE, swim.alivesRefused',
  },
  compoundSentPartsMax: { effect: 'more messages go out in several packets', seenIn: '' },
  compoundPartMaxBytes: { effect: 'never reached: packets are shorter', seenIn: '' },
  packetPartsMax: { effect: 'the rest of the packet is dropped', seenIn: "packetRefusals['too-many-parts']" },
  wrappingMaxDepth: { effect: 'what is wrapped deeper is dropped', seenIn: "packetRefusals['wrapped-too-deep']" },
  packetDecompressedMaxBytes: {
    effect: 'the compressed message is dropped',
    seenIn: "packetRefusals['compression-too-large']",
  },
  streamDecompressedMaxBytes: { effect: 'the stream is refused', seenIn: "streamRefusals['compression-too-large']" },
  streamFrameMaxBytes: {
    effect: 'the stream is refused before anything is allocated',
    seenIn: "streamRefusals['too-large']",
  },
  userStateMaxBytes: {
    effect: 'the stream is refused before anything is allocated',
    seenIn: "streamRefusals['too-large']",
  },
  streamUserMessageMaxBytes: {
    effect: 'a longer message of our own is refused, a stream that announces one too',
    seenIn: "ERR_MESSAGE_TOO_LARGE, streamRefusals['too-large']",
  },
  pushPullNodesMax: {
    effect: 'the stream is refused before anything is allocated',
    seenIn: "streamRefusals['node-count']",
  },
  nodeEntryMinBytes: { effect: 'the stream is refused', seenIn: "streamRefusals['node-count']" },
  streamMapMaxBytes: { effect: 'the stream is refused', seenIn: "streamRefusals['too-large']" },
  streamMaxBytes: { effect: 'the stream is refused', seenIn: "streamRefusals['too-large']" },
  mapEntriesMax: {
    effect: 'the message is dropped',
    seenIn: "packetRefusals['too-many-entries'], streamRefusals['too-many-entries']",
  },
  keyMaxBytes: {
    effect: 'the message is dropped',
    seenIn: "packetRefusals['key-too-long'], streamRefusals['key-too-long']",
  },
  skippedMaxDepth: {
    effect: 'the message is dropped',
    seenIn: "packetRefusals['nested-too-deep'], streamRefusals['nested-too-deep']",
  },
  internedMaxBytes: { effect: 'longer strings are copied, not shared', seenIn: '' },
  internedMaxEntries: { effect: 'strings not used since the last generation are read anew', seenIn: '' },
  internedGenerationMaxBytes: { effect: 'strings not used since the last generation are read anew', seenIn: '' },
  knownEntriesMaxBytes: { effect: 'all are forgotten, and read anew when they come again', seenIn: '' },
};

const swimEffects: Record<keyof typeof swimLimits, Effect> = {
  nameMaxBytes: {
    effect: 'a longer name of our own is refused; a member with one is not admitted, and may not accuse',
    seenIn: 'ERR_CONFIG, swim.membersRefused, swim.accusationsRefused',
  },
  membersMax: { effect: 'an unknown member is not admitted', seenIn: 'swim.membersRefused' },
  queueMaxEntries: { effect: 'the broadcast that was sent most often is dropped', seenIn: queueDrop },
  queueMaxBytes: { effect: 'the broadcasts that were sent most often are dropped', seenIn: queueDrop },
  keysMax: { effect: 'a further key is refused', seenIn: 'ERR_KEY' },
  incarnationJumpMax: { effect: 'the message is not followed', seenIn: 'swim.incarnationJumpsRefused' },
  incarnationMax: { effect: 'the message is not followed', seenIn: 'swim.incarnationJumpsRefused' },
  streamsMax: { effect: 'a further stream is closed', seenIn: 'swim.streamsRefused' },
  streamsOpenedMax: { effect: 'what needed the stream fails', seenIn: 'swim.streamsRefused' },
  streamsHeldMaxBytes: {
    effect: 'the stream that brought the last bytes is refused',
    seenIn: "streamRefusals['too-large']",
  },
  joinParallelMax: { effect: 'further addresses wait', seenIn: '' },
  joinAddressesMax: { effect: 'the join is refused', seenIn: 'ERR_ADDRESS' },
  departedMax: { effect: 'the one departed first is forgotten', seenIn: 'swim.departedForgotten' },
  userFirstEveryPackets: { effect: 'user messages choose first', seenIn: '' },
  directMessageBurst: { effect: 'the message is not sent; gossip still is', seenIn: 'swim.directMessagesHeldBack' },
  directMessagesPerSecond: {
    effect: 'the message is not sent; gossip still is',
    seenIn: 'swim.directMessagesHeldBack',
  },
  reassertIntervalMs: { effect: 'the old rumor is ignored', seenIn: '' },
  eagerRoundBurst: { effect: 'the news waits for the next tick', seenIn: 'swim.eagerRounds' },
  urgentRoundBurst: { effect: 'a further death waits for the next tick', seenIn: 'swim.eagerRounds' },
  eagerRoundShare: { effect: 'the news waits for the next tick', seenIn: 'swim.eagerRounds' },
  onItsWayMs: { effect: 'the sender hears of the change by gossip alone', seenIn: '' },
  unsettledMs: { effect: 'news of the member waits for the tick and brings no further packets', seenIn: '' },
  unsettledMax: { effect: 'the one that came back first counts as settled', seenIn: '' },
  relaysMax: { effect: 'the indirect ping is not relayed', seenIn: 'swim.relaysRefused' },
};

const unreadable = 'serf.counters.messagesUnreadable';
const passedOver = 'serf.counters.stateEntriesPassedOver';

const serfEffects: Record<keyof typeof serfLimits, Effect> = {
  userEventMaxBytes: {
    effect: 'a longer one of our own is refused, whatever is configured; that of another is ignored',
    seenIn: 'ERR_CONFIG, ERR_EVENT_TOO_LARGE, serf.counters.userEventsRefused',
  },
  textMaxBytes: { effect: 'the message is dropped', seenIn: unreadable },
  nameMaxBytes: {
    effect: 'the message is dropped; of a push/pull only the entry',
    seenIn: `${unreadable}, ${passedOver}`,
  },
  filtersMax: { effect: 'the query is dropped', seenIn: unreadable },
  tagsMax: { effect: 'further tags of the member are not seen', seenIn: '' },
  keysMax: { effect: "the member's answer counts as an error", seenIn: 'serf.counters.internalPayloadsBad' },
  dimensionsMax: { effect: 'the coordinate is not used', seenIn: 'serf.counters.coordinatesRefused' },
  coordinateMaxSeconds: { effect: 'the coordinate is not used', seenIn: 'serf.counters.coordinatesRefused' },
  eventSlotsMax: { effect: 'further ones are passed over', seenIn: passedOver },
  eventsPerTimeMax: {
    effect: 'further ones are neither told nor passed on',
    seenIn: `serf.counters.userEventsRefused, ${passedOver}`,
  },
  pushPullEventsMax: {
    effect: 'further ones are passed over; of our own the oldest are forgotten, so that others take ours',
    seenIn: `${passedOver}, serf.counters.userEventTimesForgotten`,
  },
  patternMaxLength: { effect: 'the expression matches nothing', seenIn: '' },
  patternMaxDepth: { effect: 'the expression matches nothing', seenIn: '' },
  patternStatesMax: { effect: 'the expression matches nothing', seenIn: '' },
  filterStepsMax: { effect: 'the query does not concern this member', seenIn: '' },
};

const stateEffects: Record<keyof typeof stateLimits, Effect> = {
  recentIntentsMax: {
    effect: 'the oldest is forgotten, and what is no later is not passed on any more; a push/pull repairs that',
    seenIn: '',
  },
  departedMax: { effect: 'the one gone longest is reaped early', seenIn: 'serf.counters.membersForgotten' },
  slotMaxBytes: { effect: 'further ones are neither told nor passed on', seenIn: 'serf.counters.userEventsRefused' },
  eventsMaxBytes: {
    effect: 'the oldest are forgotten, and what is as old as they is not told any more',
    seenIn: 'serf.counters.userEventTimesForgotten',
  },
  eventOverheadBytes: { effect: 'no limit of its own', seenIn: '' },
  coalescedMax: { effect: 'they are told at once', seenIn: '' },
};

const queryEffects: Record<keyof typeof queryLimits, Effect> = {
  openMax: { effect: 'a further query is refused', seenIn: 'ERR_QUEUE_FULL' },
  lateAnswersMax: { effect: 'the ack or answer is dropped', seenIn: 'serf.counters.responsesRefused' },
  idsPerTimeMax: { effect: 'a further query is dropped', seenIn: 'serf.counters.queriesOverflowed' },
  pendingMax: { effect: 'the oldest can no longer be answered', seenIn: 'serf.counters.queriesForgotten' },
  timeoutMaxMs: {
    effect: 'a longer one of our own is refused; that of another counts as this',
    seenIn: 'ERR_CONFIG',
  },
  keyOperationsMax: { effect: 'a further operation is refused', seenIn: 'ERR_QUEUE_FULL' },
  keysPerAnswerMax: { effect: 'further keys are not counted', seenIn: '' },
  keyTextMax: { effect: 'a longer one is not counted', seenIn: '' },
  keyMessageMax: { effect: 'the rest is cut', seenIn: '' },
  nameMaxBytes: { effect: 'the query is not answered', seenIn: 'serf.counters.internalPayloadsBad' },
};

const keyRefused = 'a longer key of our own is refused; a message with one is dropped';
const entryRefused = 'a write of our own is refused; an entry of another is refused, and its author told';

const kvEffects: Record<keyof typeof kvLimits, Effect> = {
  keyMaxBytes: { effect: keyRefused, seenIn: 'ERR_CONFIG, ERR_KV_KEY, kv.dropped.key' },
  sharedValueMaxBytes: {
    effect: 'a longer value of our own is refused; a message with one is dropped',
    seenIn: 'ERR_CONFIG, ERR_KV_VALUE_TOO_LARGE, kv.dropped.value-too-large',
  },
  sharedKeysMax: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_FULL, kv.refusals.full' },
  sharedMaxBytes: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_FULL, kv.refusals.full' },
  sharedTombstonesMax: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_FULL, kv.refusals.full' },
  ownedKeysMax: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_OWNED_FULL, kv.refusals.full' },
  ownedMaxBytes: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_OWNED_FULL, kv.refusals.full' },
  telemetryKeysMax: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_TELEMETRY_FULL, kv.refusals.full' },
  telemetryMaxBytes: { effect: entryRefused, seenIn: 'ERR_CONFIG, ERR_KV_TELEMETRY_FULL, kv.refusals.full' },
  streamsMax: { effect: 'entries of a further stream are refused', seenIn: 'kv.refusals.full' },
  streamsWarnAt: { effect: 'the event `kv-too-many-streams` says so', seenIn: '' },
  retiredMax: { effect: 'the one retired first is forgotten', seenIn: '' },
  unnamedStreamsMax: { effect: 'what others cover of a further one is not taken', seenIn: '' },
  extrasMax: { effect: 'the highest are forgotten, and what they covered is sent once more', seenIn: '' },
  pendingChangesMax: { effect: 'the reader is told that it begins anew, with all keys', seenIn: '' },
  ttlMaxMs: { effect: 'a longer one of our own is refused; a message with one is dropped', seenIn: 'ERR_CONFIG' },
  adoptMax: {
    effect: 'an entry of our own stays in its dead stream; a message with one above is dropped',
    seenIn: 'kv.dropped.out-of-range',
  },
  generationAheadMaxMs: {
    effect: 'what is of a later generation is refused; on the disk, its owner is not heeded',
    seenIn: 'kv.refusals.stream',
  },
  epochAheadMax: {
    effect: 'what is of a later epoch is refused until three members have it, or one has told so for a minute',
    seenIn: 'kv.refusals.clock-ahead',
  },
};

const kvWireEffects: Record<keyof typeof kvWireLimits, Effect> = {
  messageMaxBytes: { effect: 'the message is dropped before it is read', seenIn: 'kv.dropped.too-large' },
  nameMaxBytes: { effect: 'the message is dropped', seenIn: 'kv.dropped.name' },
  piecesMax: { effect: 'the message is dropped', seenIn: 'kv.dropped.out-of-range' },
  bitmapMaxBytes: { effect: 'the message is dropped', seenIn: 'kv.dropped.out-of-range' },
};

const exchangeEffects: Record<keyof typeof exchangeLimits, Effect> = {
  sessionMs: {
    effect: 'what comes of it later is dropped; members exchange again all the time',
    seenIn: 'kv.exchange.expired',
  },
  transferMs: { effect: 'as above; what came of the transfer is thrown away', seenIn: 'kv.exchange.expired' },
  answeredMax: { effect: 'a further summary is not answered', seenIn: 'kv.exchange.tooMuch' },
  digestPacketsMax: { effect: 'other buckets have their turn in the next session', seenIn: '' },
  packetsMaxBytes: { effect: 'a transfer over streams begins', seenIn: '' },
  ownedPacketsMaxBytes: {
    effect: 'a transfer over streams begins; when none can, the rest waits for a later session',
    seenIn: '',
  },
  frameMaxBytes: { effect: 'there is one frame more', seenIn: '' },
  transfersMax: { effect: 'others are told to ask again later', seenIn: 'kv.exchange.busySaid' },
  heldMaxBytes: {
    effect: 'the session that goes beyond is over, and gives back what it holds',
    seenIn: 'kv.exchange.tooMuch',
  },
};

const introduction = `# Limits

What a node bounds, why there, and what one sees when a bound is met. None of them is met in a healthy cluster: a counter
that grows is worth a look. Counters are in the stats of a node; codes are those of \`ClusterError\`. What one may tune is in
\`SwimConfig\`, \`SerfConfig\` and \`KvConfig\`. A limit without a place to see it loses nothing that is not repaired, or
only what no correct member sends.

Serf's clocks have no limit but the size of the number: one message may move a clock by 2^32, and beyond half of all times
by a 2^20th of what is left, so that about 25 million of them, from whoever has the key or from anyone in a pool without
encryption, move it to its end. From then on the others refuse new events, queries and intents. All members have to be
restarted at the same time, without their snapshots. Who joins a pool whose clocks were moved comes closer by
seven eighths of that with each push/pull; until it has caught up, what it says is old to the others.
`;

const telemetryEffects: Record<keyof typeof telemetryLimits, Effect> = {
  entryMaxBytes: { effect: 'metrics go into another entry', seenIn: '' },
  metricMaxBytes: { effect: 'the metric is published coarser (as errorBound says), or shorter', seenIn: '' },
  nameMaxBytes: { effect: 'a longer name is refused', seenIn: 'ERR_CONFIG' },
  metricsMax: { effect: 'another metric is refused', seenIn: 'ERR_CONFIG' },
  entriesMax: { effect: 'never reached: the state layer takes no more of one node', seenIn: '' },
  binsMax: { effect: 'neighbouring bins become one, everywhere, as errorBound says', seenIn: '' },
  collapsesMax: { effect: 'never reached by numbers; a sample that claims it is left out', seenIn: '' },
  topKeysMax: { effect: 'the rarest key makes room', seenIn: '' },
  topKeyMaxBytes: { effect: 'a longer key is refused', seenIn: 'ERR_CONFIG' },
  counterMax: {
    effect: 'a counter of our own stands still; a sample of another that tells of more is left out',
    seenIn: '',
  },
  ledgerMembersMax: {
    effect: 'the member heard of longest ago is forgotten, and counts anew should it be heard of again',
    seenIn: '',
  },
  pollHeldMaxBytes: { effect: "a member whose answer does not fit is among the poll's `missing`", seenIn: '' },
};

const constant: Effect = { effect: 'a constant of the protocol', seenIn: '' };
const estimateEffects: Record<keyof typeof estimateLimits, Effect> = {
  epochRounds: constant,
  strideRounds: constant,
  lateRoundsMax: { effect: 'the node passes on what it hears, and takes part in the next epoch', seenIn: '' },
  countDraws: constant,
  weightDraws: constant,
  weightRound: constant,
  namesMax: { effect: 'a longer list is refused; so is a message with more, and counted', seenIn: 'ERR_CONFIG' },
  valueMax: { effect: 'the value is left out; a message that tells of more is refused and counted', seenIn: '' },
  weightMax: { effect: 'the message is refused and counted', seenIn: '' },
};

const evidenceEffects: Record<keyof typeof evidenceLimits, Effect> = {
  recordsMax: { effect: 'the oldest is forgotten', seenIn: '' },
  ownRecordsMax: { effect: 'the oldest is forgotten', seenIn: '' },
  contactsMax: { effect: 'when the member known longest was last heard is forgotten', seenIn: '' },
  helpersMax: { effect: 'further ones are not recorded', seenIn: '' },
  nameMaxLength: { effect: 'a longer one is recorded as `(too long)`', seenIn: '' },
  ongoingMax: { effect: 'a further one ends the counting of the oldest, which begins anew', seenIn: '' },
  lateAcksMax: { effect: 'the oldest probe is told no more', seenIn: '' },
};

const viewsEffects: Record<keyof typeof viewsLimits, Effect> = {
  explainedGroupsMax: { effect: 'what differs in further groups is not told: `differs` is undefined', seenIn: '' },
  pageMaxBytes: { effect: 'the rest of the list follows in another page; a longer one is not read', seenIn: '' },
  metaMaxBytes: { effect: 'the rest is not compared', seenIn: '' },
  pagesMax: { effect: 'a longer list counts as not told: `absence` in the diff', seenIn: '' },
  differencesMax: { effect: 'further ones are counted in `differenceCount`, not told', seenIn: '' },
  agreementCheckMs: { effect: 'who waits for agreement hears of it so much later at most', seenIn: '' },
};

const traceEffects: Record<keyof typeof traceLimits, Effect> = {
  rumorsMax: { effect: 'the rumor heard longest ago is forgotten; a trace of it then says so', seenIn: '' },
  keysMaxBytes: { effect: 'the rumor heard longest ago is forgotten; a trace of it then says so', seenIn: '' },
  keyMaxLength: { effect: 'never reached: such a rumor is not remembered', seenIn: '' },
  stallsMax: { effect: 'earlier ones are not told', seenIn: '' },
  timeoutMaxMs: { effect: 'a longer one is refused', seenIn: 'ERR_CONFIG' },
  openMax: { effect: 'another trace is refused', seenIn: 'ERR_STATE' },
  roundsMax: { effect: 'later rounds are not told, but who heard in them is', seenIn: '' },
  trialsMin: { effect: 'the largest clusters take longer', seenIn: '' },
  trialsMax: { effect: 'more would tell nothing new', seenIn: '' },
  trialSendsMax: { effect: 'theory is played through less often, and known less exactly', seenIn: '' },
  sendsAtOnce: { effect: 'others get their turn before theory is played through further', seenIn: '' },
};

interface LimitGroup {
  readonly title: string;
  /** The name that the code knows them by. */
  readonly owner: string;
  readonly path: string;
  readonly limits: Readonly<Record<string, number>>;
  readonly effects: Readonly<Record<string, Effect>>;
}

const layers = 'packages/hearsay/src';

const groups: readonly LimitGroup[] = [
  {
    title: 'Bytes',
    owner: 'wireLimits',
    path: `${layers}/wire/limits.ts`,
    limits: wireLimits,
    effects: wireEffects,
  },
  {
    title: 'Membership',
    owner: 'swimLimits',
    path: `${layers}/swim/limits.ts`,
    limits: swimLimits,
    effects: swimEffects,
  },
  {
    title: 'Evidence',
    owner: 'evidenceLimits',
    path: `${layers}/swim/evidence/limits.ts`,
    limits: evidenceLimits,
    effects: evidenceEffects,
  },
  {
    title: 'Serf messages',
    owner: 'serfLimits',
    path: `${layers}/serf/limits.ts`,
    limits: serfLimits,
    effects: serfEffects,
  },
  {
    title: 'Serf memory',
    owner: 'stateLimits',
    path: `${layers}/serf/state-limits.ts`,
    limits: stateLimits,
    effects: stateEffects,
  },
  {
    title: 'Serf queries',
    owner: 'queryLimits',
    path: `${layers}/serf/query-limits.ts`,
    limits: queryLimits,
    effects: queryEffects,
  },
  { title: 'State', owner: 'kvLimits', path: `${layers}/kv/limits.ts`, limits: kvLimits, effects: kvEffects },
  {
    title: 'State messages',
    owner: 'kvWireLimits',
    path: `${layers}/kv/codec/limits.ts`,
    limits: kvWireLimits,
    effects: kvWireEffects,
  },
  {
    title: 'Exchanges of state',
    owner: 'limits',
    path: `${layers}/kv/exchange/limits.ts`,
    limits: exchangeLimits,
    effects: exchangeEffects,
  },
  {
    title: 'Views',
    owner: 'viewsLimits',
    path: `${layers}/views/limits.ts`,
    limits: viewsLimits,
    effects: viewsEffects,
  },
  {
    title: 'Telemetry',
    owner: 'telemetryLimits',
    path: `${layers}/telemetry/limits.ts`,
    limits: telemetryLimits,
    effects: telemetryEffects,
  },
  {
    title: 'Estimates of telemetry',
    owner: 'estimateLimits',
    path: `${layers}/telemetry/estimate/limits.ts`,
    limits: estimateLimits,
    effects: estimateEffects,
  },
  {
    title: 'Rumor traces',
    owner: 'traceLimits',
    path: `${layers}/trace/limits.ts`,
    limits: traceLimits,
    effects: traceEffects,
  },
];

test('docs/limits.md is what the limits say', async () => {
  const page = [
    introduction,
    ...groups.map(({ title, path, limits, effects }) => section(title, path, limits, effects)),
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../docs/limits.md');
});

test('every limit is heeded somewhere', () => {
  const code = readSources()
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .flatMap((source) => source.codeLines.map(({ text }) => text))
    .join('\n');
  const isHeeded = (owner: string, name: string): boolean =>
    new RegExp(`${owner}\\.${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\} = ${owner}`).test(code);
  const unheeded = groups.flatMap(({ owner, limits }) =>
    Object.keys(limits)
      .filter((name) => !isHeeded(owner, name))
      .map((name) => `${owner}.${name}`),
  );
  expect(unheeded).toEqual([]);
});

test('every counter and code that the page names exists', () => {
  const codes = new SourceFile('packages/hearsay/src/util/cluster-error.ts').text;
  const counters = [
    ...Object.keys(new SwimStats()).map((name) => `swim.${name}`),
    ...wireFailures.flatMap((reason) => [`packetRefusals['${reason}']`, `streamRefusals['${reason}']`]),
    ...Object.keys({ ...new SerfCounters(), ...new QueryStats() }).map((name) => `serf.counters.${name}`),
    ...queueDrop.split(', '),
    ...kvFailures.map((reason) => `kv.dropped.${reason}`),
    'kv.refusals.full',
    'kv.refusals.stream',
    'kv.refusals.clock-ahead',
    ...Object.keys(newExchangeStats()).map((name) => `kv.exchange.${name}`),
  ];
  const named = groups
    .flatMap(({ effects }) => Object.values(effects))
    .flatMap(({ seenIn }) => seenIn.split(', '))
    .filter((name) => name !== '');
  expect(named.filter((name) => !counters.includes(name) && !codes.includes(`'${name}'`))).toEqual([]);
});

function section(
  title: string,
  path: string,
  limits: Readonly<Record<string, number>>,
  effects: Readonly<Record<string, Effect>>,
): string {
  const sources = commentsOf(path);
  const rows = Object.entries(limits).map(([name, value]) => {
    const { effect, seenIn } = effects[name]!;
    const places = seenIn === '' ? '' : seenIn.replaceAll(/[^, ][^,]*/g, '`$&`');
    return `| \`${name}\` | ${withUnit(name, value)} | ${sources.get(name)!} | ${effect} | ${places} |`;
  });
  const head = '| limit | value | why | at the limit | seen in |\n| --- | --- | --- | --- | --- |';
  return `## ${title}\n\nFrom \`${path}\`.\n\n${head}\n${rows.join('\n')}\n`;
}

/** The doc comment right above each property, as one line. */
function commentsOf(path: string): Map<string, string> {
  const property = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(\w+): /g;
  const { text } = new SourceFile(path);
  return new Map(
    [...text.matchAll(property)].map(([, comment, name]) => [
      name!,
      comment!.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim(),
    ]),
  );
}

/** The unit is the end of the name. */
function withUnit(name: string, value: number): string {
  const number = value.toLocaleString('en-US');
  if (name.endsWith('Bytes')) return `${number} bytes`;
  return name.endsWith('Ms') ? `${number} ms` : number;
}
