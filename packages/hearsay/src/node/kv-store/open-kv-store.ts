import { join } from 'node:path';
import { ClusterError } from '../../util/index.ts';
import { LockFile } from '../lock-file.ts';
import type { KvStoreEventSink } from './events.ts';
import { FileStore } from './file-store.ts';
import { KvStore, type KvDurability } from './kv-store.ts';
import type { StateStore } from './state-store.ts';
import { FolderFiles } from './store-files.ts';

/** Where gossiped state is kept. One of `dataDir` and `store`. */
export interface KvStoreOptions {
  /** A folder for this node alone; made when it does not exist. */
  readonly dataDir?: string;
  /** Another store, such as a database. The cluster closes it. */
  readonly store?: StateStore;
  /** @defaultValue `batch` */
  readonly durability?: KvDurability;
}

/**
 * Reads what a node has stored.
 *
 * @throws {@link ClusterError} `ERR_FILE` when the folder cannot be used, or another process uses it; `ERR_CONFIG`
 */
export async function openKvStore(options: KvStoreOptions, onEvent: KvStoreEventSink): Promise<KvStore> {
  const { dataDir, durability } = options;
  if (dataDir !== undefined && options.store !== undefined) {
    throw new ClusterError('ERR_CONFIG', 'kv.dataDir and kv.store are both given; state is kept in one place');
  }
  const store = dataDir === undefined ? options.store : await openFolder(dataDir, onEvent);
  if (store === undefined) throw new ClusterError('ERR_CONFIG', 'neither kv.dataDir nor kv.store is given');
  return KvStore.open({ store, onEvent, ...(durability !== undefined && { durability }) });
}

async function openFolder(path: string, onEvent: KvStoreEventSink): Promise<FileStore> {
  const files = new FolderFiles(path);
  try {
    await files.prepare();
    const onTaken = (): void => onEvent({ type: 'store-taken', path });
    const lock = await LockFile.take({ path: join(path, 'lock'), guarded: `the folder ${path}`, onTaken });
    return new FileStore({ files, onEvent, lock });
  } catch (cause) {
    if (cause instanceof ClusterError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClusterError('ERR_FILE', `the folder ${path} cannot be used: ${reason}`, { cause });
  }
}
