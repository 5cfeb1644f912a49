import type { EntryBase, KvWrite as CoreWrite, Receipt } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import type { Commands } from '../commands.ts';
import { ReceiptWait, type KvSeen, type KvSeenOptions } from './receipt-wait.ts';
import { stampOf, type KvStamp } from './types.ts';

/** How a key is written. */
export interface KvPutOptions {
  /** How long the value lives, in milliseconds, at most a year; it then goes everywhere by itself. @defaultValue for ever */
  readonly ttlMs?: number;
  /** Write it also when it is there already, to begin its life anew or to be its author. @defaultValue false */
  readonly touch?: boolean;
  /** Follow it through the cluster: {@link KvTrackedWrite}. At most 8 at a time, for a minute each. @defaultValue false */
  readonly track?: boolean;
}

/** How a shared key is written. */
export interface KvSharedPutOptions extends KvPutOptions {
  /** Throw `ERR_KV_BACKPRESSURE` rather than write what cannot be passed on at once. @defaultValue false */
  readonly mustQueue?: boolean;
}

/** A write that was made. It is valid here at once; the others see it later. */
export interface KvWrite {
  readonly key: string;
  /** False when the key had that value already, or for a deletion none: then nothing was written. */
  readonly changed: boolean;
  /** Its instant, by which concurrent writes are ordered; undefined for owned keys, and for a deletion of nothing. */
  readonly stamp: KvStamp | undefined;
}

/** What became of a write, as far as the members that have answered can tell; a partition can still change it. */
export interface KvSettled extends KvSeen {
  readonly outcome: 'kept' | 'overwritten';
  /** The author of the write that took its place, when that is known. */
  readonly by: string | undefined;
}

/** A write that is followed through the cluster, for a minute or until {@link KvTrackedWrite.close}. */
export class KvTrackedWrite implements KvWrite {
  readonly key: string;
  readonly changed: boolean;
  readonly stamp: KvStamp | undefined;
  readonly #receipt: Receipt | undefined;
  readonly #wait: ReceiptWait | undefined;

  /** @internal */
  constructor(write: KvWrite, receipt: Receipt | undefined, commands: Commands) {
    this.key = write.key;
    this.changed = write.changed;
    this.stamp = write.stamp;
    this.#receipt = receipt;
    this.#wait = receipt && new ReceiptWait(receipt, commands);
  }

  /**
   * Waits until so many have it; then, or when the time is up, says who has it and who has not. That some are missing is
   * no error.
   *
   * @throws {@link ClusterError} `ERR_QUEUE_FULL` when 8 others were followed already, `ERR_CONFIG`, `ERR_STATE`
   */
  async seenBy(options: KvSeenOptions = {}): Promise<KvSeen> {
    return this.#followed().wait.seenBy(options);
  }

  /**
   * Waits as {@link seenBy} does, and no longer than until another write is known to have taken its place.
   *
   * @throws {@link ClusterError} as {@link seenBy}
   */
  async settled(options: KvSeenOptions = {}): Promise<KvSettled> {
    const { wait, receipt } = this.#followed();
    const counts = await wait.seenBy(options, () => receipt.outcome() !== 'kept');
    const outcome = receipt.outcome();
    if (outcome === 'kept') return { ...counts, outcome, by: undefined };
    return { ...counts, outcome: 'overwritten', by: outcome.overwrittenBy };
  }

  /** Follows it no longer. */
  close(): void {
    this.#wait?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #followed(): { readonly wait: ReceiptWait; readonly receipt: Receipt } {
    if (this.#wait !== undefined && this.#receipt !== undefined) return { wait: this.#wait, receipt: this.#receipt };
    if (this.stamp === undefined && !this.changed) {
      throw new ClusterError('ERR_STATE', `"${this.key}" had no value: nothing was written that could be followed`);
    }
    const text = `"${this.key}" is written but not followed: 8 writes are already, which is the limit`;
    throw new ClusterError('ERR_QUEUE_FULL', text);
  }
}

/** A write as its maker sees it. `before`: what the key showed until then. */
export function toWrite(key: string, write: CoreWrite | undefined, before: EntryBase | undefined): KvWrite {
  const entry = write?.entry;
  return { key, changed: entry !== undefined && entry !== before, stamp: entry && stampOf(entry) };
}
