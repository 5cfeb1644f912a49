import { ClusterError } from 'hearsay';
import { settingAt, type MergedConfig } from './config.ts';
import { configKeyOf, type ConfigField } from './config-keys.ts';

/** What only a Serf pool has, or what a plain pool does in another way. */
const serfOnly: readonly ConfigField[] = [
  'role',
  'tags',
  'tagsFile',
  'discover',
  'protocol',
  'replayOnJoin',
  'retryIntervalMs',
  'retryMaxAttempts',
  'queryResponseMaxBytes',
  'queryMaxBytes',
  'userEventMaxBytes',
  'snapshotPath',
  'rejoinAfterLeave',
  'reconnectIntervalMs',
  'reconnectTimeoutMs',
  'tombstoneTimeoutMs',
  'disableNameResolution',
  'disableCoordinates',
  'validateNodeNames',
  'kvBridge',
];

/** @throws {@link ClusterError} `ERR_CONFIG` when something is set that a plain pool has not, with a line for each */
export function checkPlainPool({ sources }: MergedConfig): void {
  const problems = serfOnly.flatMap((field) => {
    const source = sources.get(field)?.[0];
    if (source === undefined) return [];
    const { name, where } = settingAt(configKeyOf(field), source);
    return [`${name} ${where} needs a Serf pool; remove it, or -pool=memberlist`];
  });
  if (problems.length > 0) throw new ClusterError('ERR_CONFIG', problems.join('\n'));
}
