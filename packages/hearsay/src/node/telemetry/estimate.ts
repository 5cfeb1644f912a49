import type { Estimate, NodeTelemetry } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { noNumber, type GaugeFold, type TelemetryValue } from './readings.ts';

/** All values of an estimate are of the first rounds of an epoch. */
const lateRounds = 3;

/** What all members have estimated of a metric. Undefined until an epoch is over, and when no member has it. */
export function estimatedValue(telemetry: NodeTelemetry, name: string, of: GaugeFold): TelemetryValue | undefined {
  const slot = slotOf(telemetry, name);
  const kind = telemetry.kindOf(name);
  if (kind !== undefined && kind !== 'counter' && kind !== 'gauge') throw noNumber(name, kind);
  const estimate = telemetry.outcome?.estimate(slot.value);
  return estimate && toValue(telemetry, estimate, kind === 'counter' ? 'sum' : of);
}

/** The same of by how much a counter grows in a second. */
export function estimatedRate(telemetry: NodeTelemetry, name: string): TelemetryValue | undefined {
  const estimate = telemetry.outcome?.estimate(slotOf(telemetry, name).rate);
  return estimate && toValue(telemetry, estimate, 'sum');
}

/** How many members take part in estimates. Undefined until an epoch is over. */
export function estimatedNodes(telemetry: NodeTelemetry): TelemetryValue | undefined {
  const { outcome } = telemetry;
  if (outcome === undefined) return undefined;
  const { nodes, nodesErrorBound } = outcome;
  return { ...samplingOf(telemetry, nodes), value: nodes, errorBound: nodesErrorBound };
}

function slotOf(telemetry: NodeTelemetry, name: string): { readonly value: number; readonly rate: number } {
  const slot = telemetry.slotOf(name);
  if (slot !== undefined) return slot;
  throw new ClusterError('ERR_CONFIG', `${name} is not estimated: name it in the option telemetry.estimate`);
}

function toValue(telemetry: NodeTelemetry, estimate: Estimate, of: GaugeFold): TelemetryValue {
  const errorBounds = { sum: estimate.sumErrorBound, mean: estimate.meanErrorBound, min: 0, max: 0 };
  return { ...samplingOf(telemetry, estimate.nodes), value: estimate[of], errorBound: errorBounds[of] };
}

function samplingOf(telemetry: NodeTelemetry, nodes: number): Omit<TelemetryValue, 'value' | 'errorBound'> {
  const { outcomeAgeMs, outcome, config } = telemetry;
  return {
    mode: 'estimate',
    nodes: Math.round(nodes),
    oldestMs: outcomeAgeMs,
    spreadMs: lateRounds * config.estimateRoundMs,
    massLeft: outcome!.massLeft,
  };
}
