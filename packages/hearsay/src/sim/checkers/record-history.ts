import type { MemberState, MemberView } from '../../swim/index.ts';
import { formatAddress } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';

/** What an observer believed of a member when it was last looked at. */
export interface PastRecord {
  readonly view: MemberView;
  readonly state: MemberState;
  /** The first look at which the record was in this state and life. */
  readonly sinceMs: number;
}

/**
 * The records of all observers as of the last sample, for checkers that compare then with now. A new life of the
 * observer forgets, and so does a record that was reaped.
 */
export class RecordHistory {
  readonly #lives: number[] = [];
  readonly #records: Map<string, PastRecord>[] = [];

  /** The records of `observer` as last seen; without those of an earlier life. */
  of(observer: SimNode): ReadonlyMap<string, PastRecord> {
    return this.#recordsOf(observer);
  }

  /** Remembers what `observer` believes now. */
  update(observer: SimNode, views: readonly MemberView[], nowMs: number): void {
    const records = this.#recordsOf(observer);
    const names = new Set<string>();
    for (const view of views) {
      names.add(view.name);
      const past = records.get(view.name);
      const sinceMs = past?.state === view.state && past.view.incarnation === view.incarnation ? past.sinceMs : nowMs;
      records.set(view.name, { view, state: view.state, sinceMs });
    }
    for (const name of records.keys()) if (!names.has(name)) records.delete(name);
  }

  /**
   * Forgets what `observer` has reaped. To be called after each of its steps, for it may learn of a reaped member anew before
   * the next sample. A `member-reap` does not say it: a Serf pool remembers members for longer than membership does.
   */
  afterStep(observer: SimNode): void {
    const records = this.#recordsOf(observer);
    for (const name of records.keys()) if (observer.core.memberState(name) === undefined) records.delete(name);
  }

  #recordsOf(observer: SimNode): Map<string, PastRecord> {
    let records = this.#records[observer.index];
    if (records === undefined || this.#lives[observer.index] !== observer.life) {
      records = new Map();
      this.#records[observer.index] = records;
      this.#lives[observer.index] = observer.life;
    }
    return records;
  }
}

/** Another address may take over the name of one who left or is long dead, with any incarnation. */
export function isTakenOver(past: PastRecord, now: MemberView): boolean {
  const isGone = past.state === 'left' || past.state === 'dead';
  return isGone && addressOf(past.view) !== addressOf(now);
}

function addressOf(view: MemberView): string {
  return view.address === undefined ? '' : formatAddress(view.address);
}
