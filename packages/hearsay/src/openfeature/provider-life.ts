import { GeneralError, ProviderEvents, type OpenFeatureEventEmitter } from '@openfeature/server-sdk';
import { flagKey, flagNameOf, flagPrefix, type Flag } from '../flags/index.ts';
import type { Cluster, KvWatchEvent } from '../node/index.ts';
import { readBootstrapFile } from './bootstrap.ts';
import type { HearsayProviderOptions } from './options.ts';
import type { KnownFlag } from './resolve.ts';
import { Standing } from './standing.ts';

/** How often it is looked at whether the node still compares state with others, in milliseconds. */
const LOOK_MS = 250;
/** While the map has no flags, so many comparisons must have ended: the first may have been with another newcomer. */
const EMPTY_SYNCS = 3;

/** What was last told of the provider: `silent` until its initialization is over. */
type Announced = 'silent' | 'ready' | 'stale' | 'error';

/**
 * A provider from its initialization until it is closed: knows the flags, sees how the node stands with the others, and
 * tells of both.
 */
export class ProviderLife {
  readonly #cluster: Cluster;
  readonly #options: Required<HearsayProviderOptions>;
  readonly #events: OpenFeatureEventEmitter;
  readonly #end: AbortController = new AbortController();
  readonly #standing: Standing;
  /** Why the documents under these names cannot be read. */
  readonly #problems: Map<string, string> = new Map();
  /** What is used for want of anything better, until the map of another member has been received. */
  #bootstrap: ReadonlyMap<string, Flag> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #announced: Announced = 'silent';
  /** Why nothing will change any more: the cluster was closed. */
  #failure: string | undefined;
  /** Names of flags whose change has not been told yet. */
  #changed: Set<string> = new Set();
  #onReceived: () => void = () => {};

  constructor(cluster: Cluster, options: Required<HearsayProviderOptions>, events: OpenFeatureEventEmitter) {
    this.#cluster = cluster;
    this.#options = options;
    this.#events = events;
    this.#standing = new Standing(this.#syncCount, performance.now(), options.staleAfterMs);
  }

  /** As `HearsayProvider.initialize`. */
  async begin(): Promise<void> {
    const { bootstrapFile, waitMs } = this.#options;
    const bootstrap = bootstrapFile === '' ? new Map<string, Flag>() : readBootstrapFile(bootstrapFile);
    if (this.#standing.state === 'waiting' && this.#isEmpty) this.#bootstrap = bootstrap;
    void this.#follow();
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    if (this.#isWaiting) await this.#received(waitMs);
    if (this.#end.signal.aborted) throw new GeneralError('the provider was closed');
    if (this.#failure !== undefined) throw new GeneralError(this.#failure);
    if (this.#isWaiting && this.#isEmpty && this.#bootstrap.size === 0) {
      this.#announced = 'error';
      throw new GeneralError(`no other member's state was received within ${waitMs} ms, and no flags are known`);
    }
    this.#announced = 'ready';
    // The SDK declares the provider ready when this returns; what contradicts it has to come after.
    setImmediate(() => this.#look());
  }

  end(): void {
    clearInterval(this.#timer);
    this.#end.abort();
    this.#onReceived();
  }

  /** What is known of a flag; undefined when there is none. */
  flag(name: string): KnownFlag | undefined {
    const entry = this.#cluster.kv.shared.entry<Flag>(flagKey(name));
    if (entry !== undefined) return { flag: entry.value, isStale: this.#isStale || entry.invalid !== undefined };
    const problem = this.#problems.get(name);
    if (problem !== undefined) return { problem };
    const flag = this.#bootstrap.get(name);
    return flag && { flag, isStale: true };
  }

  get #syncCount(): number {
    const { sharedSyncs } = this.#cluster.kv.stats;
    return sharedSyncs < EMPTY_SYNCS && this.#isEmpty ? 0 : sharedSyncs;
  }

  get #isWaiting(): boolean {
    return this.#options.expectsPeers && this.#standing.state === 'waiting';
  }

  get #isStale(): boolean {
    return this.#failure !== undefined || (this.#options.expectsPeers && this.#standing.state !== 'current');
  }

  /** Whether the map has no flags. */
  get #isEmpty(): boolean {
    return this.#cluster.kv.shared.list(flagPrefix).next().done === true;
  }

  /** Resolves when the map of another member was received, or after `waitMs`, or when the life ends. */
  #received(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#onReceived = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Looks how the node stands, and tells what has become of it. */
  #look(): void {
    const isOther = this.#standing.observe(this.#syncCount, performance.now());
    if (isOther && this.#standing.state === 'current') this.#receive();
    if (this.#announced === 'silent' || this.#end.signal.aborted) return;
    if (!this.#isStale) this.#announce('ready');
    else if (this.#announced === 'ready') this.#announce('stale');
  }

  /** The map of another member is here, and so the bootstrap file is of no use any longer. */
  #receive(): void {
    for (const name of this.#bootstrap.keys()) this.#change(name);
    this.#bootstrap = new Map();
    this.#onReceived();
  }

  #announce(next: 'ready' | 'stale'): void {
    if (this.#announced === next) return;
    this.#announced = next;
    if (next === 'ready') return this.#events.emit(ProviderEvents.Ready);
    const { staleAfterMs } = this.#options;
    const message = this.#isWaiting
      ? "no other member's state was received yet"
      : `this node has compared its state with no other member for ${staleAfterMs} ms`;
    this.#events.emit(ProviderEvents.Stale, { message });
  }

  // Changes.

  async #follow(): Promise<void> {
    const { signal } = this.#end;
    try {
      const watch = this.#cluster.kv.watch<Flag>({ prefix: flagPrefix, initial: 'snapshot', signal });
      for await (const event of watch) this.#note(event);
      this.#fail('the cluster was closed');
    } catch (error) {
      if (!signal.aborted) this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #note(event: KvWatchEvent<Flag>): void {
    if (event.type === 'overflow') return this.#problems.clear();
    const name = flagNameOf(event.key);
    if (name === undefined) return;
    if (event.type === 'invalid') this.#problems.set(name, event.reason ?? 'unknown reason');
    else this.#problems.delete(name);
    if (event.source !== 'snapshot') this.#change(name);
  }

  /** Changes that come together are told together. */
  #change(name: string): void {
    if (this.#changed.size === 0) setImmediate(() => this.#tellChanges());
    this.#changed.add(name);
  }

  #tellChanges(): void {
    const flagsChanged = [...this.#changed];
    this.#changed.clear();
    if (this.#announced === 'silent' || this.#end.signal.aborted) return;
    this.#events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged });
  }

  #fail(message: string): void {
    clearInterval(this.#timer);
    this.#failure = message;
    this.#onReceived();
    // Before the end of the initialization, its failure is told by the SDK.
    if (this.#announced !== 'silent') this.#events.emit(ProviderEvents.Error, { message });
    this.#announced = 'error';
  }
}
