import type { ClusterKv, ClusterNode, EntryBase, KvWrite as CoreWrite } from '../../cluster/index.ts';
import type { Commands } from '../commands.ts';
import { KvTrackedWrite, toWrite, type KvWrite } from './kv-write.ts';
import type { Values } from './values.ts';

/** What every part of {@link ClusterState} reads and writes by. */
export interface KvAccess {
  /** For reading, also when the cluster is closed. */
  readonly kv: ClusterKv;
  readonly values: Values;
  readonly commands: Commands;
  /** Comes when what was written so far is as safe as was asked for; undefined when nothing is stored. */
  readonly stored: (() => Promise<void>) | undefined;
}

/** A write, from its step to what its maker gets. */
export async function write(
  { kv, commands, stored }: KvAccess,
  key: string,
  before: EntryBase | undefined,
  track: boolean | undefined,
  command: (kv: ClusterKv, nowMs: number) => CoreWrite | undefined,
): Promise<KvWrite> {
  const done = commands.run((_: ClusterNode, nowMs) => command(kv, nowMs));
  await stored?.();
  const result = toWrite(key, done, before);
  return track === true ? new KvTrackedWrite(result, done?.receipt, commands) : result;
}
