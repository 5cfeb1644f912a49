import type { ClusterNode, KvRecord } from '../../cluster/index.ts';
import type { KvStoreEvent } from '../kv-store/events.ts';
import type { KvStore, KvStoreStats } from '../kv-store/kv-store.ts';
import type { Logger } from '../logger.ts';
import type { KvStoreNewsEvent } from './events.ts';
import type { KvNodeOptions } from './options.ts';

/** Where a member keeps its state, from before its node is made until after its end. */
export class StoredState {
  readonly store: KvStore;
  /** For writes that wait until they are safe; undefined when they do not. */
  readonly stored: (() => Promise<void>) | undefined;
  readonly #news: StoreNews;

  /**
   * Reads what there is; undefined when nothing is to be kept.
   *
   * @throws {@link ClusterError} `ERR_FILE`, `ERR_CONFIG`
   */
  static async open(options: KvNodeOptions | undefined, logger: Logger): Promise<StoredState | undefined> {
    const { dataDir, store, durability } = options ?? {};
    if (dataDir === undefined && store === undefined) return undefined;
    // Loaded only when it is asked for: most members keep their state in memory alone.
    const { openKvStore } = await import('../kv-store/open-kv-store.ts');
    const news = new StoreNews(logger);
    const opened = await openKvStore(
      {
        ...(dataDir !== undefined && { dataDir }),
        ...(store !== undefined && { store }),
        ...(durability !== undefined && { durability }),
      },
      news.receive,
    );
    return new StoredState(opened, news, durability === 'always');
  }

  private constructor(store: KvStore, news: StoreNews, isWaitedFor: boolean) {
    this.store = store;
    this.#news = news;
    this.stored = isWaitedFor ? () => store.flushed() : undefined;
  }

  get stats(): KvStoreStats {
    return this.store.stats;
  }

  persist(record: KvRecord): void {
    this.store.persist(record);
  }

  /** The node is there. What was found when the store was read is told once its maker has had a turn to listen. */
  begin(node: ClusterNode, deliver: (event: KvStoreNewsEvent) => void): void {
    this.store.begin(() => node.kv!.state.save());
    setImmediate(() => this.#news.deliverTo(deliver));
  }

  /** No step of the node runs any more. Not `isClean`: nobody knows what it has left behind. */
  close(isClean: boolean): Promise<void> {
    return this.store.close({ isClean });
  }
}

/** Logs what the store has to tell, and hands it on as soon as there is somebody to take it. */
class StoreNews {
  readonly #logger: Logger;
  readonly #early: KvStoreNewsEvent[] = [];
  #deliver: ((event: KvStoreNewsEvent) => void) | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  readonly receive = (event: KvStoreEvent): void => {
    if (event.type === 'store-recovered') this.#logger.info({ ...event }, texts[event.type]);
    else this.#logger.error({ ...event }, texts[event.type]);
    const news = { ...event, type: `kv-${event.type}` } as KvStoreNewsEvent;
    if (this.#deliver === undefined) this.#early.push(news);
    else this.#deliver(news);
  };

  deliverTo(deliver: (event: KvStoreNewsEvent) => void): void {
    this.#deliver = deliver;
    for (const event of this.#early.splice(0)) deliver(event);
  }
}

const texts: Readonly<Record<KvStoreEvent['type'], string>> = {
  'store-torn': 'the log of stored state is damaged at its end, as a crash leaves it, and was cut',
  'store-corrupt': 'the snapshot of stored state cannot be read: this member begins empty and learns from the others',
  'store-lost': 'writes of this member are lost, unless another has them',
  'store-failed': 'state cannot be stored; it is tried again',
  'store-recovered': 'all state is stored again',
  'store-lagging': 'the store is slower than what changes: all state is written instead',
  'store-taken': 'another process has taken the folder of stored state: nothing is stored any longer',
};
