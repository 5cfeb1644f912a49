import type { Kv } from '../kv/index.ts';
import { Telemetry, type TelemetryConfig, type TelemetryEnv } from '../telemetry/index.ts';
import { ClusterError } from '../util/index.ts';

/**
 * Metrics of this node, and of all members as one: as `ClusterNode.telemetry` hands it out. Recording and reading take no
 * time; ages are as of the last step.
 */
export type NodeTelemetry = Pick<
  Telemetry,
  'config' | 'folder' | 'stats' | 'instrument' | 'remove' | 'kindOf' | 'onSample'
>;

/**
 * Telemetry above the state layer.
 *
 * @throws `ClusterError` `ERR_CONFIG`
 */
export function createTelemetry(
  config: Partial<TelemetryConfig> | undefined,
  kv: Kv | undefined,
  env: TelemetryEnv,
): Telemetry | undefined {
  if (config === undefined) return undefined;
  if (kv !== undefined) return new Telemetry(config, kv, env);
  throw new ClusterError('ERR_CONFIG', 'telemetry is given without kv, by which it travels');
}
