import type { ClusterStats } from '../node/index.ts';
import { familyOf, samplesBy, type MetricFamily, type MetricSample } from './family.ts';

/** A metric as it is documented, and how it is read from what the cluster counts. */
export interface MetricDefinition extends Omit<MetricFamily, 'samples'> {
  /** The names of its labels, and what values they can have. */
  readonly labels: Readonly<Record<string, string>>;
  /** No samples when the part of the cluster that counts it is off. */
  readonly read: (stats: ClusterStats) => readonly MetricSample[];
}

type Numbers = Readonly<Record<string, number>>;
type Shape = Pick<MetricDefinition, 'name' | 'help' | 'unit'>;

/** One value, without labels; left out while it is undefined. */
function plain(
  type: 'counter' | 'gauge',
  shape: Shape,
  read: (stats: ClusterStats) => number | undefined,
): MetricDefinition {
  const samples = (value: number | undefined): MetricSample[] => (value === undefined ? [] : [{ labels: {}, value }]);
  return { ...shape, type, labels: {}, read: (stats) => samples(read(stats)) };
}

/** One value for each that a label can have. */
function labelled(
  type: 'counter' | 'gauge',
  shape: Shape,
  label: readonly [name: string, values: string],
  read: (stats: ClusterStats) => Numbers | undefined,
): MetricDefinition {
  const [name, values] = label;
  return { ...shape, type, labels: { [name]: values }, read: (stats) => samplesBy(name, read(stats) ?? {}) };
}

const membership: readonly MetricDefinition[] = [
  labelled(
    'gauge',
    { name: 'hearsay_members', help: 'Members that this node knows, by what it believes of them.' },
    ['state', 'alive, suspect, dead, left'],
    ({ core }) => core.members,
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_member_changes',
      help: 'Members that joined, failed, left or were forgotten in the eyes of this node.',
    },
    ['change', 'joined, failed, left, reaped'],
    ({ core: { swim } }) => ({
      joined: swim.membersJoined,
      failed: swim.membersFailed,
      left: swim.membersLeft,
      reaped: swim.membersReaped,
    }),
  ),
  plain(
    'gauge',
    {
      name: 'hearsay_health_score',
      help: 'How much this node doubts its own health: 0 is well, up to 7 is slow or cut off.',
    },
    ({ core }) => core.healthScore,
  ),
  labelled(
    'counter',
    { name: 'hearsay_probes', help: 'Probes of other members, by how they ended.' },
    ['result', 'acked, failed, void (own timers were late)'],
    ({ core: { swim } }) => ({ acked: swim.probesAcked, failed: swim.probesFailed, void: swim.probesVoid }),
  ),
  plain(
    'counter',
    {
      name: 'hearsay_probe_timeouts',
      help: 'Probes whose direct ping was not answered in time, so that others were asked.',
    },
    ({ core }) => core.swim.probeTimeouts,
  ),
  plain(
    'counter',
    { name: 'hearsay_probes_saved_by_stream', help: 'Probes that only TCP saved: the sign of a blocked UDP path.' },
    ({ core }) => core.swim.probesSavedByStream,
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_suspicions',
      help: 'Suspicions, their confirmations by others, and accusations of this node it refuted.',
    },
    ['event', 'raised, confirmed, refuted'],
    ({ core: { swim } }) => ({
      raised: swim.suspicions,
      confirmed: swim.suspicionsConfirmed,
      refuted: swim.refutations,
    }),
  ),
  plain(
    'counter',
    { name: 'hearsay_name_conflicts', help: 'Times that two members claimed one name.' },
    ({ core }) => core.swim.nameConflicts,
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_heals',
      help: 'Attempts to reach members of a lost part of the cluster, and those that brought one back.',
    },
    ['result', 'attempted, healed'],
    ({ core: { swim } }) => ({ attempted: swim.healAttempts, healed: swim.heals }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_push_pulls', help: 'Exchanges of all member records over a stream.' },
    ['result', 'initiated, answered, failed'],
    ({ core: { swim } }) => ({
      initiated: swim.pushPullsInitiated,
      answered: swim.pushPullsAnswered,
      failed: swim.pushPullsFailed,
    }),
  ),
];

const transport: readonly MetricDefinition[] = [
  labelled(
    'counter',
    { name: 'hearsay_packets', help: 'UDP datagrams.' },
    ['direction', 'sent, received'],
    ({ udp }) => ({ sent: udp.packetsSent, received: udp.packetsReceived }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_packet_bytes', unit: 'bytes', help: 'Bytes of UDP datagrams, without headers.' },
    ['direction', 'sent, received'],
    ({ udp }) => ({ sent: udp.bytesSent, received: udp.bytesReceived }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_packet_send_errors', help: 'Datagrams that could not be sent.' },
    ['reason', "the system's names of errors, QUEUE_FULL"],
    ({ udp }) => udp.sendErrors,
  ),
  labelled(
    'counter',
    { name: 'hearsay_packets_refused', help: 'Packets, or messages in them, that were refused.' },
    ['reason', "the codec's reasons, as in `core.packetRefusals` of `stats()`"],
    ({ core }) => core.packetRefusals,
  ),
  labelled(
    'counter',
    { name: 'hearsay_streams', help: 'TCP streams.' },
    ['event', 'opened, accepted, refused'],
    ({ tcp }) => ({ opened: tcp.streamsOpened, accepted: tcp.streamsAccepted, refused: tcp.streamsRefused }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_stream_bytes', unit: 'bytes', help: 'Bytes on TCP streams.' },
    ['direction', 'sent, received'],
    ({ tcp }) => ({ sent: tcp.bytesSent, received: tcp.bytesReceived }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_stream_errors', help: 'TCP streams that ended in an error.' },
    ['reason', "the system's names of errors, and our own such as CONNECT_TIMEOUT"],
    ({ tcp }) => tcp.errors,
  ),
  plain('gauge', { name: 'hearsay_sockets_open', help: 'TCP sockets open now.' }, ({ tcp }) => tcp.socketsOpen),
];

const queues: readonly MetricDefinition[] = [
  labelled(
    'gauge',
    { name: 'hearsay_queue_messages', help: 'Messages that wait to be gossiped often enough.' },
    ['queue', 'rumor, broadcast; intent, event, query with Serf; state with gossiped state'],
    ({ core: { rumorQueue, broadcastQueue, serf, kv } }) => ({
      rumor: rumorQueue.count,
      broadcast: broadcastQueue.count,
      ...(serf !== undefined && { intent: serf.intentQueue, event: serf.eventQueue, query: serf.queryQueue }),
      ...(kv !== undefined && { state: kv.rumorsQueued }),
    }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_queue_dropped', help: 'Messages that were dropped because a queue was full.' },
    ['queue', 'rumor, broadcast; serf (all of its queues) with Serf; state with gossiped state'],
    ({ core: { rumorQueue, broadcastQueue, serf, kv } }) => ({
      rumor: rumorQueue.dropped,
      broadcast: broadcastQueue.dropped,
      ...(serf !== undefined && { serf: serf.broadcastsDropped }),
      ...(kv !== undefined && { state: kv.rumorsDropped }),
    }),
  ),
];

const eventLoop: readonly MetricDefinition[] = [
  plain(
    'counter',
    { name: 'hearsay_stalls', help: "Times that this node's own timers were too late to judge others by." },
    ({ core }) => core.swim.stalls,
  ),
  plain(
    'counter',
    { name: 'hearsay_stalled_seconds', unit: 'seconds', help: 'How late those timers were, in all.' },
    ({ core }) => core.swim.stalledMs / 1_000,
  ),
  labelled(
    'counter',
    { name: 'hearsay_timers', help: 'Timers of the protocol that fired; late is more than 10 ms after their time.' },
    ['punctuality', 'on_time, late'],
    ({ driver }) => ({ on_time: driver.timersFired - driver.timersLate, late: driver.timersLate }),
  ),
  plain(
    'gauge',
    {
      name: 'hearsay_timer_lateness_max_seconds',
      unit: 'seconds',
      help: 'The most that a timer of the protocol was late since the start.',
    },
    ({ driver }) => driver.maxLatenessMs / 1_000,
  ),
];

const state: readonly MetricDefinition[] = [
  plain(
    'gauge',
    { name: 'hearsay_state_members', help: 'Live members that take part in gossiped state, this one included.' },
    ({ core }) => core.kv?.capableCount,
  ),
  plain(
    'gauge',
    {
      name: 'hearsay_state_lag_seconds',
      unit: 'seconds',
      help: 'How long the oldest own write has waited to be seen by another member.',
    },
    ({ core }) => core.kv && core.kv.lagMs / 1_000,
  ),
  {
    name: 'hearsay_state_spread_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'How old beacons of other members were when they came.',
    labels: { quantile: '0.5, 0.99' },
    read: ({ core }) => {
      const spread = core.kv?.propagationMs;
      if (spread === undefined) return [];
      return [
        { labels: { quantile: '0.5' }, value: spread.p50 / 1_000 },
        { labels: { quantile: '0.99' }, value: spread.p99 / 1_000 },
        { labels: {}, value: spread.count, suffix: '_count' },
      ];
    },
  },
  labelled(
    'counter',
    { name: 'hearsay_state_messages_sent', help: 'Messages of gossiped state that were sent.' },
    ['type', 'the types in docs/protocol.md'],
    ({ core }) => core.kv?.sentMessages,
  ),
  labelled(
    'counter',
    { name: 'hearsay_state_sent_bytes', unit: 'bytes', help: 'Bytes of these messages, without headers of packets.' },
    ['type', 'the types in docs/protocol.md'],
    ({ core }) => core.kv?.sentBytes,
  ),
  labelled(
    'counter',
    { name: 'hearsay_state_messages_received', help: 'Messages of gossiped state that were received and read.' },
    ['type', 'the types in docs/protocol.md'],
    ({ core }) => core.kv?.receivedMessages,
  ),
  labelled(
    'counter',
    { name: 'hearsay_state_messages_dropped', help: 'Messages of gossiped state that were dropped.' },
    ['reason', 'the reasons in docs/limits.md'],
    ({ core }) => core.kv?.dropped,
  ),
  labelled(
    'counter',
    { name: 'hearsay_state_entries_refused', help: 'Entries of other members that were refused.' },
    ['reason', 'ahead (their clock), full, and others of `core.kv.refusals`'],
    ({ core }) => core.kv?.refusals,
  ),
  plain(
    'gauge',
    {
      name: 'hearsay_state_nacking_members',
      help: 'Members that have refused entries of this node in the last minute.',
    },
    ({ core }) => core.kv?.nackingPeers,
  ),
  plain(
    'counter',
    { name: 'hearsay_store_failures', help: 'Times that the store of gossiped state refused.' },
    ({ kvStore }) => kvStore?.failures,
  ),
  plain(
    'gauge',
    { name: 'hearsay_store_waiting_bytes', unit: 'bytes', help: 'Bytes, about, that wait in memory for the store.' },
    ({ kvStore }) => kvStore?.waitingBytes,
  ),
  plain(
    'counter',
    { name: 'hearsay_store_written_bytes', unit: 'bytes', help: 'Bytes of records that were appended to the store.' },
    ({ kvStore }) => kvStore?.bytes,
  ),
];

/** Every metric of a cluster node, in the order in which it is told. */
export const metricCatalog: readonly MetricDefinition[] = [
  ...membership,
  ...transport,
  ...queues,
  ...eventLoop,
  ...state,
];

/** All that `stats` says, by metric; those without a sample are left out. */
export function readMetrics(stats: ClusterStats): MetricFamily[] {
  return metricCatalog
    .map((definition) => familyOf(definition, definition.read(stats)))
    .filter(({ samples }) => samples.length > 0);
}
