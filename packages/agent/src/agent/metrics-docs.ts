import { clusterMetricsMax, labelValuesMax, metricCatalog, type MetricFamily } from 'hearsay/prometheus';
import { processFamilies } from './process-families.ts';
import { serfMetrics } from './serf-families.ts';

type Row = Omit<MetricFamily, 'samples'> & { readonly labels: Readonly<Record<string, string>> };

/** The page about metrics and what else an agent says over HTTP: names, units and labels come from the tables. */
export function renderMetricsDocs(): string {
  const serfRows = serfMetrics.map((metric) => ({ ...metric, labels: labelsOf(metric.serfName) }));
  const processRows = processFamilies().map((family) => ({ ...family, labels: {} }));
  return `${introduction}
## Of the node

Every program with a cluster has these, also without an agent: [monitoring.md](monitoring.md#in-your-own-program).

${table(metricCatalog)}

## Of the agent, under names of Serf

What \`serf agent\` counts, for those who come from there. Sums and counts of measurements: there are no quantiles.

${table(serfRows)}

## Of the agent's process

${table(processRows)}
`;
}

function labelsOf(serfName: string): Row['labels'] {
  return serfName.endsWith('.NAME') ? { name: 'names of events, queries and scripts' } : {};
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, type, help, unit, labels }) => {
    const shown = Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values}`);
    return `| \`${type === 'counter' ? `${name}_total` : name}\` | ${type} | ${unit ?? ''} | ${shown.join('; ')} | ${help} |`;
  });
  return ['| name | type | unit | labels | what it says |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

const introduction = `# Metrics, targets and checks over HTTP

<!-- Written by npm run docs from the tables of metrics in the source. -->

An agent with \`-prometheus-addr=HOST:PORT\` serves HTTP, without a key: let only those connect who may see it. It answers GET
and HEAD at five addresses, and changes nothing.

| address | what it answers |
| --- | --- |
| \`/metrics\` | all metrics below, in Prometheus' text format 0.0.4, or OpenMetrics 1.0.0 to who asks for it by \`Accept\` |
| \`/metrics/cluster\` | what all members measure, as one, in the same formats; 404 when the agent has no telemetry |
| \`/sd\` | the members as targets, in the form of Prometheus' \`http_sd_config\` |
| \`/healthz\` | 200 while the node runs, else 503: what only a new start would mend |
| \`/readyz\` | 200 when the agent can be counted on, else 503 |

A configuration for Prometheus, alert rules and a dashboard for Grafana are in the package: [monitoring.md](monitoring.md).

## Targets: \`/sd\`

Any agent tells Prometheus of all members, so one or two of them in its configuration are enough:

\`\`\`yaml
scrape_configs:
  - job_name: hearsay
    http_sd_configs:
      - url: http://10.0.0.1:9946/sd?tag=role=web
        refresh_interval: 30s
    relabel_configs:
      - source_labels: [__meta_hearsay_name]
        target_label: node
      - source_labels: [__meta_hearsay_tag_role]
        target_label: role
\`\`\`

| parameter | what it does |
| --- | --- |
| \`tag=NAME=EXPRESSION\` | members whose tag matches as a whole; several: all of them must |
| \`name=EXPRESSION\` | members whose name matches as a whole |
| \`status=STATUS\` | \`alive\` unless said otherwise; also \`leaving\`, \`left\`, \`failed\`, several with commas |
| \`port=PORT\` | the port of all targets, in place of the one of this agent's own HTTP |
| \`port_tag=NAME\` | the port of each target is the value of its tag; who has no such tag gets \`port\`, if that is given, or is left out |

A query that cannot be read, or would take too long, is answered with 400 and what is wrong with it. Labels are
\`__meta_hearsay_name\`, \`…_status\`, \`…_address\`, \`…_gossip_port\`, and one for each tag, \`__meta_hearsay_tag_NAME\`:
letters, digits and \`_\` stay, everything else becomes \`_\`. When two tags would get the same label, the one whose name
fits as it is has it, and the others have the CRC-32 of their name behind it.

## Checks: \`/healthz\` and \`/readyz\`

The first line is \`ok\`, or \`failing: \` and the names of the checks that fail; then there is a line for each. With
\`Accept: application/json\` it is \`{"ok", "failing": [names], "checks": [{"name", "ok", "message"}]}\`.

| check | where | fails |
| --- | --- | --- |
| \`cluster\` | both | the node has stopped: its name belongs to another member, or a fault of its own |
| \`start\` | \`/readyz\` | until everything that is to be served is served |
| \`end\` | \`/readyz\` | from the beginning of a leave or a shutdown |
| \`join\` | \`/readyz\` | until another member has been seen, when there are addresses to join or \`discover\` is set |
| \`member\` | \`/readyz\` | this member leaves or has left |
| \`state\` | \`/readyz\` | until gossiped state has come from one other member, when there are others with state |
| \`store\` | \`/readyz\` | the disk refuses gossiped state |

They look at this node alone. That others have failed, or that this node is slow, is for alerts: an orchestrator that takes
slow nodes away makes the rest slower.

## Of the whole cluster: \`/metrics/cluster\`

What the members measure with \`cluster.telemetry\` ([telemetry.md](telemetry.md)), their process among it, as one. Each agent
has the samples of all, so any of them answers, at once; the samples are ten seconds old at most, and as long as gossip takes.
Names become those that Prometheus wants: \`http.latency_ms\` is \`hearsay_cluster_http_latency_seconds\`, and one of hearsay's
own, \`hearsay.health_score\`, is \`hearsay_cluster_health_score\`. When two come out the same, the second gets a number.

| measured as | type | what it says |
| --- | --- | --- |
| counter | counter | the total of all members |
| gauge | gauge | by the label \`of\`: \`sum\`, \`min\`, \`max\` |
| histogram | summary | by \`quantile\`: 0.5, 0.9, 0.99 of all values of the last minute; no sums, as those would go down |
| distinct | gauge | how many different texts in the last minute, about |
| topK | | left out: its keys would be labels without bound |

| name | type | labels | what it says |
| --- | --- | --- | --- |
| \`hearsay_cluster_metric_nodes\` | gauge | \`metric\`: the name in telemetry | Members whose samples a metric stands on. |
| \`hearsay_cluster_metric_oldest_seconds\` | gauge | \`metric\` | How old the oldest of these samples is. |
| \`hearsay_cluster_metric_values\` | gauge | \`metric\`, of histograms | Values in the last minute, on which its quantiles stand. |
| \`hearsay_cluster_metrics_left_out\` | gauge | | Metrics for which there was no room among ${clusterMetricsMax}: those of most members are told. |

## Names and bounds

Counters end in \`_total\`, seconds and bytes are units of the name. A metric is left out while what it counts is off. No label
has more than ${labelValuesMax} values in the tables of the node, and no more than 128 names that others chose in those of the agent; what comes
on top is added up as \`other\`. No label has the name of another member: a node's series do not grow with the cluster.
`;
