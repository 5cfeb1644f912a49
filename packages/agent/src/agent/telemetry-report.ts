import type { Cluster, ClusterTelemetry, MetricKind, TelemetryPoll, TelemetryValue } from 'hearsay';
import type { RpcMetric, RpcTelemetry } from 'hearsay/client';

/** Which metrics a client wants, and how they are found out. */
export interface TelemetryQuestion {
  /** Names; all when there are none. */
  readonly metrics: readonly string[];
  readonly mode: 'fold' | 'poll' | 'estimate';
  /** Polls only: tag to expression. */
  readonly tags: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Keys of a list of frequent ones that are told. */
const keysMax = 10;

/** Metrics of all members, for RPC. @throws ClusterError */
export async function reportTelemetry(cluster: Cluster, question: TelemetryQuestion): Promise<RpcTelemetry> {
  const { telemetry, name: node } = cluster;
  const { metrics: names, mode, tags, timeoutMs } = question;
  if (mode === 'estimate') return { node, mode, missing: [], ...estimatesOf(telemetry, names) };
  if (mode === 'fold') return { node, mode, metrics: metricsOf(telemetry, names), missing: [] };
  const poll = await telemetry.poll(names, {
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  return { node, mode, metrics: metricsOf(poll, names), missing: poll.missing };
}

function metricsOf(source: ClusterTelemetry | TelemetryPoll, names: readonly string[]): RpcMetric[] {
  // Where members disagree about the kind, a name comes more than once.
  const known = new Set(source.metrics().map(({ name }) => name));
  const wanted = [...known].filter((name) => names.length === 0 || names.includes(name));
  return wanted.flatMap((name) => {
    const kind = source.kindOf(name);
    const metric = kind && metricOf(source, name, kind);
    return metric === undefined ? [] : [{ name, kind: kind!, ...metric }];
  });
}

function metricOf(
  source: ClusterTelemetry | TelemetryPoll,
  name: string,
  kind: MetricKind,
): Omit<RpcMetric, 'name' | 'kind'> | undefined {
  switch (kind) {
    case 'counter': {
      const value = source.value(name);
      return value && { ...numberOf(value), perSecond: source.rate(name)?.value };
    }
    case 'gauge': {
      const value = source.value(name);
      const of = (fold: 'mean' | 'min' | 'max'): number | undefined => source.value(name, { of: fold })?.value;
      return value && { ...numberOf(value), mean: of('mean'), min: of('min'), max: of('max') };
    }
    case 'histogram': {
      const distribution = source.distribution(name);
      if (distribution === undefined) return undefined;
      const { nodes, oldestMs, errorBound, count, mean } = distribution;
      const [p50, p90, p99] = [0.5, 0.9, 0.99].map((q) => distribution.quantile(q));
      return { nodes, oldestMs, errorBound, count, mean, p50, p90, p99 };
    }
    case 'distinct': {
      const value = source.value(name);
      return value && numberOf(value);
    }
    case 'topK': {
      const top = source.top(name, keysMax);
      return top && { nodes: top.nodes, oldestMs: top.oldestMs, keys: top.keys };
    }
  }
}

function estimatesOf(
  telemetry: ClusterTelemetry,
  names: readonly string[],
): Pick<RpcTelemetry, 'metrics' | 'estimatedNodes' | 'massLeft'> {
  const nodes = telemetry.estimatedNodes();
  const wanted = names.length === 0 ? telemetry.estimated : names;
  const metrics = [...wanted].sort().flatMap((name) => {
    const metric = estimateOf(telemetry, name);
    return metric === undefined ? [] : [metric];
  });
  return { metrics, estimatedNodes: nodes?.value, massLeft: nodes?.massLeft };
}

function estimateOf(telemetry: ClusterTelemetry, name: string): RpcMetric | undefined {
  const sum = telemetry.value(name, { mode: 'estimate' });
  if (sum === undefined) return undefined;
  const of = (fold: 'mean' | 'min' | 'max'): number | undefined =>
    telemetry.value(name, { mode: 'estimate', of: fold })?.value;
  const kind = telemetry.kindOf(name) ?? 'unknown';
  const perSecond = telemetry.rate(name, { mode: 'estimate' })?.value;
  if (kind === 'counter') return { name, kind, ...numberOf(sum), perSecond };
  return { name, kind, ...numberOf(sum), mean: of('mean'), min: of('min'), max: of('max') };
}

function numberOf({ nodes, oldestMs, errorBound, value }: TelemetryValue): Omit<RpcMetric, 'name' | 'kind'> {
  return { nodes, oldestMs, value, ...(Number.isFinite(errorBound) && { errorBound }) };
}
