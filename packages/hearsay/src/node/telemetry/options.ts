import type { TelemetryConfig } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkKinds, optionKinds, type Kind } from '../check-options.ts';

/** How a member publishes what it measures. */
export interface TelemetryOptions extends Partial<TelemetryConfig> {
  /**
   * Publish how this process does: delay of the event loop, CPU, memory, pauses for garbage collection, and throttling
   * where the kernel tells. @defaultValue true
   */
  readonly process?: boolean;
}

const kinds: Readonly<Record<keyof TelemetryOptions, Kind>> = {
  periodMs: optionKinds.number,
  windowMs: optionKinds.number,
  publish: optionKinds.flag,
  estimate: optionKinds.texts,
  estimateRoundMs: optionKinds.number,
  process: optionKinds.flag,
};

/**
 * What a member does about telemetry; undefined when it does nothing.
 *
 * @throws {@link ClusterError} `ERR_CONFIG`
 */
export function checkTelemetryOptions(
  telemetry: boolean | TelemetryOptions | undefined,
  isStateful: boolean,
): TelemetryOptions | undefined {
  const wanted = telemetry ?? isStateful;
  if (wanted === false) return undefined;
  if (!isStateful) throw new ClusterError('ERR_CONFIG', 'telemetry travels with gossiped state, and kv is off');
  if (wanted === true) return {};
  checkKinds('telemetry', kinds, wanted);
  return wanted;
}

/** What of it the core is told. */
export function toTelemetryConfig(options: TelemetryOptions): Partial<TelemetryConfig> {
  const { process: _, ...config } = options;
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}
