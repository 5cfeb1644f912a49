import { familyOf, type MetricFamily, type MetricSample } from 'hearsay/prometheus';
import type { Metrics, MetricSum } from './metrics.ts';

/** A metric that the agent counts under a name of Serf, and what it becomes for Prometheus. */
export interface SerfMetric extends Omit<MetricFamily, 'samples'> {
  /** As Serf has it, without the prefix. `NAME` at the end stands for what others chose; it becomes the label `name`. */
  readonly serfName: string;
  /** What one of the agent's own units is in that of the family. */
  readonly scale: number;
}

const byName = /^(serf\.events|serf\.queries|agent\.invoke)\.(.+)$/;

function counter(serfName: string, help: string): SerfMetric {
  return { serfName, name: familyName(serfName), type: 'counter', help, scale: 1 };
}

function gauge(serfName: string, help: string): SerfMetric {
  return { serfName, name: familyName(serfName), type: 'gauge', help, scale: 1 };
}

/** Sum and count of measurements. */
function sums(serfName: string, help: string): SerfMetric {
  return { serfName, name: familyName(serfName), type: 'summary', help, scale: 1 };
}

/** The same of bytes. */
function sizes(serfName: string, help: string): SerfMetric {
  return { ...sums(serfName, help), name: `${familyName(serfName)}_bytes`, unit: 'bytes' };
}

/** The same of times, which Serf has in milliseconds and Prometheus in seconds. */
function times(serfName: string, help: string): SerfMetric {
  const name = familyName(serfName).replace(/_ms$/, '');
  return { ...sums(serfName, help), name: `${name}_seconds`, unit: 'seconds', scale: 0.001 };
}

/** Every metric under a name of Serf. */
export const serfMetrics: readonly SerfMetric[] = [
  counter('serf.events', 'User events that handlers were told of.'),
  counter('serf.events.NAME', 'The same, by name.'),
  counter('serf.queries', 'Queries that handlers were told of.'),
  counter('serf.queries.NAME', 'The same, by name.'),
  counter('serf.member.join', 'News that a member joined.'),
  counter('serf.member.left', 'News that a member left.'),
  counter('serf.member.failed', 'News that a member failed.'),
  counter('serf.member.update', 'News that the tags of a member changed.'),
  counter('serf.member.flap', 'Members that came back shortly after they had failed.'),
  counter('serf.coordinate.zero-rtt', 'Round trips too short to be measured.'),
  counter('serf.coordinate.rejected', 'Network coordinates of others that were refused.'),
  counter('serf.query_acks', 'Acknowledgements of own queries.'),
  counter('serf.query_responses', 'Answers to own queries.'),
  counter('serf.query_duplicate_acks', 'Acknowledgements that came twice.'),
  counter('serf.query_duplicate_responses', 'Answers that came twice.'),
  counter('agent.ipc.accept', 'Connections of RPC clients.'),
  counter('agent.ipc.command', 'Commands of RPC clients.'),
  gauge('serf.members', 'Members that are there, this one included.'),
  gauge('serf.health_score', 'How much this node doubts its own health: 0 is well.'),
  sums('serf.queue.Intent', 'Length of the queue of intents, each time it was looked at.'),
  sums('serf.queue.Event', 'Length of the queue of user events, each time it was looked at.'),
  sums('serf.queue.Query', 'Length of the queue of queries, each time it was looked at.'),
  sizes('serf.msgs.received', 'Messages of Serf that were received.'),
  sizes('serf.msgs.sent', 'Messages of Serf that were sent.'),
  times('serf.coordinate.adjustment-ms', 'How far the own coordinate moved, one measurement each.'),
  times('serf.snapshot.appendLine', 'Time to append a line to the snapshot.'),
  times('serf.snapshot.compact', 'Time to write the snapshot anew.'),
  times('agent.invoke.NAME', 'Time that event handlers ran, by script.'),
];

const metricsBySerfName: ReadonlyMap<string, SerfMetric> = new Map(serfMetrics.map((entry) => [entry.serfName, entry]));

/** What the agent has counted since its start under names of Serf. */
export function serfFamilies({ totals }: Metrics): MetricFamily[] {
  const families = new Map<SerfMetric, MetricSample[]>();
  const add = (
    rawName: string,
    samples: (metric: SerfMetric, labels: MetricSample['labels']) => MetricSample[],
  ): void => {
    const { serfName, labels } = identify(rawName);
    const metric = metricsBySerfName.get(serfName);
    if (metric === undefined) return;
    let found = families.get(metric);
    if (found === undefined) families.set(metric, (found = []));
    found.push(...samples(metric, labels));
  };
  for (const [name, { sum }] of totals.counters) add(name, (_, labels) => [{ labels, value: sum }]);
  for (const [name, value] of totals.gauges) add(name, (_, labels) => [{ labels, value }]);
  for (const [name, sum] of totals.samples) add(name, ({ scale }, labels) => sumSamples(sum, scale, labels));
  return [...families].map(([metric, samples]) => familyOf(metric, samples));
}

function sumSamples({ sum, count }: MetricSum, scale: number, labels: MetricSample['labels']): MetricSample[] {
  return [
    { labels, value: sum * scale, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}

/** `serf.events.deploy` is `serf.events.NAME` with the label `name="deploy"`. */
function identify(name: string): { readonly serfName: string; readonly labels: MetricSample['labels'] } {
  const match = byName.exec(name);
  if (match === null) return { serfName: name, labels: {} };
  return { serfName: `${match[1]}.NAME`, labels: { name: match[2]! } };
}

/** `serf.snapshot.appendLine` is `serf_agent_serf_snapshot_append_line`. */
function familyName(serfName: string): string {
  const words = serfName
    .replace(/\.NAME$/, '.by_name')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/[^a-zA-Z0-9]/g, '_');
  return `serf_agent_${words.toLowerCase()}`;
}
