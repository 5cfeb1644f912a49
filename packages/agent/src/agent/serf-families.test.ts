import { formatMetrics } from 'hearsay/prometheus';
import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';
import { serfFamilies } from './serf-families.ts';

test('Prometheus gets what Serf counts, with times in seconds and names of others as labels', () => {
  const metrics = new Metrics();
  metrics.count('serf.events', 3);
  metrics.countNamed('serf.events', 'deploy');
  metrics.countNamed('serf.events', 'a"b\\c\nd');
  metrics.gauge('serf.members', 5);
  metrics.sample('serf.msgs.sent', 100);
  metrics.sample('serf.msgs.sent', 50);
  metrics.timeNamed('agent.invoke', './x.sh', 1_500);
  metrics.time('serf.snapshot.appendLine', 250);
  expect(formatMetrics(serfFamilies(metrics), 'prometheus').split('\n')).toEqual([
    '# HELP serf_agent_serf_events_total User events that handlers were told of.',
    '# TYPE serf_agent_serf_events_total counter',
    'serf_agent_serf_events_total 3',
    '# HELP serf_agent_serf_events_by_name_total The same, by name.',
    '# TYPE serf_agent_serf_events_by_name_total counter',
    'serf_agent_serf_events_by_name_total{name="deploy"} 1',
    'serf_agent_serf_events_by_name_total{name="a_b_c_d"} 1',
    '# HELP serf_agent_serf_members Members that are there, this one included.',
    '# TYPE serf_agent_serf_members gauge',
    'serf_agent_serf_members 5',
    '# HELP serf_agent_serf_msgs_sent_bytes Messages of Serf that were sent.',
    '# TYPE serf_agent_serf_msgs_sent_bytes summary',
    'serf_agent_serf_msgs_sent_bytes_sum 150',
    'serf_agent_serf_msgs_sent_bytes_count 2',
    '# HELP serf_agent_agent_invoke_by_name_seconds Time that event handlers ran, by script.',
    '# TYPE serf_agent_agent_invoke_by_name_seconds summary',
    'serf_agent_agent_invoke_by_name_seconds_sum{name="._x.sh"} 1.5',
    'serf_agent_agent_invoke_by_name_seconds_count{name="._x.sh"} 1',
    '# HELP serf_agent_serf_snapshot_append_line_seconds Time to append a line to the snapshot.',
    '# TYPE serf_agent_serf_snapshot_append_line_seconds summary',
    'serf_agent_serf_snapshot_append_line_seconds_sum 0.25',
    'serf_agent_serf_snapshot_append_line_seconds_count 1',
    '',
  ]);
});

test('ten thousand names of events are at most 129 series', () => {
  const metrics = new Metrics();
  for (let i = 0; i < 10_000; i += 1) metrics.countNamed('serf.events', `event-${i}`);
  const [family] = serfFamilies(metrics);
  expect(family!.samples).toHaveLength(129);
  expect(family!.samples.at(-1)).toEqual({ labels: { name: 'other' }, value: 10_000 - 128 });
});
