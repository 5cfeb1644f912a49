import { ClusterError } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import { telemetryLimits } from './limits.ts';

const { nameMaxBytes } = telemetryLimits;

/** Names are those that Prometheus takes, and dots. */
export function isMetricName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_.:]*$/.test(name) && utf8Length(name) <= nameMaxBytes;
}

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkMetricName(name: string): void {
  if (typeof name === 'string' && isMetricName(name)) return;
  throw new ClusterError(
    'ERR_CONFIG',
    `'${name}' is no name of a metric: a letter or _, then letters, digits, _ : and dots, at most ${nameMaxBytes} bytes`,
  );
}
