import type { ClusterStats } from '../node/index.ts';
import { labelled, plain, type MetricDefinition } from './definition.ts';
import { familyOf, type MetricFamily, type MetricSample } from './family.ts';
import { membershipMetrics, viewMetrics } from './membership-metrics.ts';

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
  plain(
    'gauge',
    {
      name: 'hearsay_unanswered_seconds',
      unit: 'seconds',
      help: 'For how long this node has sent packets and received none: a second or two at most while all is well.',
    },
    ({ udp }) => udp.unansweredMs / 1_000,
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

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Percentiles of the last 256 ages at arrival, which the cluster has in milliseconds. */
function spread(name: string, help: string, read: (stats: ClusterStats) => Percentiles | undefined): MetricDefinition {
  const samples = ({ p50, p99, count }: Percentiles): MetricSample[] => [
    { labels: { quantile: '0.5' }, value: p50 / 1_000 },
    { labels: { quantile: '0.99' }, value: p99 / 1_000 },
    { labels: {}, value: count, suffix: '_count' },
  ];
  return {
    name,
    type: 'summary',
    unit: 'seconds',
    help,
    labels: { quantile: '0.5, 0.99 of the last 256' },
    read: (stats) => {
      const percentiles = read(stats);
      return percentiles === undefined ? [] : samples(percentiles);
    },
  };
}

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
  spread(
    'hearsay_state_spread_seconds',
    'How old beacons of other members were when they came: how long state takes to spread when nobody is in a hurry.',
    ({ core }) => core.kv?.propagationMs,
  ),
  spread(
    'hearsay_rumor_spread_seconds',
    'How long rumors of shared state took to come here, by the clocks of the two machines.',
    ({ core }) => core.kv?.rumorSpreadMs,
  ),
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
  ...membershipMetrics,
  ...viewMetrics,
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
