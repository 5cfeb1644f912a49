import { nothing, refusalOf, refused } from './apply-result.ts';
import { covers, emptyRow } from './coverage.ts';
import { compareEntries, isSameDot, type Dot, type SharedEntry } from './entry.ts';
import { isDeadOnArrival } from './lifetimes.ts';
import type {
  ApplyResult,
  Digest,
  EntryRefusal,
  Owners,
  Refusal,
  RumorOutcome,
  Rows,
  SharedDelta,
  SharedResync,
} from './messages.ts';
import { packInTurn } from './pack.ts';
import { allRules, type MergeRules } from './rules.ts';
import { dotOf, type SharedCore } from './shared-core.ts';
import { judge } from './shared-resync.ts';
import { compareStamps, laterStamp, stampAfter, type Stamp } from './stamp.ts';
import { isBehind, isSubset } from './stream-table.ts';
import { generationMs, type StreamOwner } from './stream.ts';

/** The six rules of the shared map (docs/state.md): what is answered to a digest, and what an answer does. */
export class SharedExchange {
  readonly #core: SharedCore;
  readonly #rules: MergeRules;
  /** Answers begin with different streams, so that none is always the one for which no room was left. */
  #firstStream: number = 0;

  constructor(core: SharedCore, rules: MergeRules = allRules) {
    this.#core = core;
    this.#rules = rules;
  }

  /** What the sender of the digest lacks: at most about `budgetBytes` of it, or everything when it is behind. */
  deltaFor({ rows: basis }: Digest, budgetBytes: number): SharedDelta | SharedResync {
    const { streams } = this.#core.map;
    const rows = streams.rows();
    if (this.#rules.behindResyncs && isBehind(basis, rows)) return this.resync();
    const lists: SharedEntry[][] = [];
    for (const stream of streams.values()) {
      const theirs = basis.get(stream.key) ?? emptyRow;
      // Not by our own row: a dot that is shown here may be among those forgotten in it.
      if (stream.liveCount === 0 || stream.topVersion <= theirs.prefix) continue;
      const lacking = streams.liveEntries(stream).filter(({ version }) => !covers(theirs, version));
      if (lacking.length > 0) lists.push(lacking);
    }
    this.#firstStream += 1;
    const packed = packInTurn(lists, budgetBytes, this.#firstStream);
    const owners = this.#core.ownersOf(packed.entries);
    const entries = this.#core.aged(packed.entries);
    return { kind: 'delta', basis, rows, entries, owners, isComplete: packed.isComplete };
  }

  /** All that this node has, for one that is behind. */
  resync(): SharedResync {
    const { map, floor } = this.#core;
    const live = [...map.entries()];
    const owners = this.#core.ownersOf(live);
    return { kind: 'resync', rows: map.streams.rows(), floor, entries: this.#core.aged(live), owners };
  }

  /** R1, R2, R6: merges what an answer brings; takes the sender's coverage when all of it is here. */
  applyDelta(delta: SharedDelta): ApplyResult {
    const { streams } = this.#core.map;
    const rows = streams.rows();
    if (this.#rules.answersBind && !isSubset(delta.basis, rows)) return nothing('not-my-question');
    if (this.#rules.behindIsNotHeard && isBehind(delta.rows, rows)) return nothing('sender-behind');
    if (this.#rules.behindResyncs && isBehind(rows, delta.rows)) return nothing('ask-again');
    if (this.#core.isOwnAhead(delta.rows, delta.entries)) return this.#refuseOwnAhead();
    const refusals: Refusal[] = [];
    let mergedCount = 0;
    for (const entry of delta.entries) {
      if (streams.covers(entry)) continue;
      const reason = this.#core.refusalOf(entry, delta.owners);
      if (reason !== undefined) refusals.push(this.#refusal(entry, entry.stamp, reason));
      else if (this.#core.merge(entry, 'sync')) mergedCount += 1;
    }
    const isCommit = (delta.isComplete || !this.#rules.coverageWaitsForAll) && refusals.length === 0;
    if (isCommit) this.#core.takeRows(delta.rows, 'coverage');
    this.#core.finish();
    return { outcome: isCommit ? 'committed' : 'merged', mergedCount, refusals };
  }

  /**
   * R3, R4: merges everything that another node has, when this one has lost sight of deletions. `isForced`: it may have,
   * though nobody can tell any longer.
   */
  applyResync(resync: SharedResync, from: string, isForced: boolean): ApplyResult {
    const core = this.#core;
    const { map } = core;
    const rows = map.streams.rows();
    if (!isForced && !isBehind(rows, resync.rows)) return nothing('not-behind');
    if (core.isOwnAhead(resync.rows, resync.entries)) return this.#refuseOwnAhead();
    const refusals = this.#refusalsOf(resync, resync.owners);
    if (refusals.length > 0) return refused(refusals);
    const after: AfterResync = { again: [], dropped: [] };
    let mergedCount = 0;
    const theirs = new Map(resync.entries.map((entry) => [entry.key, entry]));
    for (const mine of [...map.entries()]) {
      const other = theirs.get(mine.key);
      theirs.delete(mine.key);
      if (this.#settle(mine, other, rows, resync, after)) mergedCount += 1;
    }
    for (const other of theirs.values()) if (this.#settle(undefined, other, rows, resync, after)) mergedCount += 1;
    core.takeRows(resync.rows, 'all');
    for (const { stream, version } of after.dropped) map.streams.raiseGcLine(stream, version);
    core.floor = laterStamp(core.floor, resync.floor);
    const lowest = stampAfter(core.floor);
    core.stamps.witness(lowest);
    for (const { stamp } of resync.entries) core.stamps.witness(stamp);
    for (const entry of after.again) this.#reissue(entry, lowest, from, resync.rows);
    core.finish();
    return { outcome: 'committed', mergedCount, refusals };
  }

  /** R5: merges an entry that came on its own. */
  applyRumor(entry: SharedEntry, owner: StreamOwner): RumorOutcome {
    const core = this.#core;
    if (core.map.streams.covers(entry)) return 'known';
    if (this.#rules.floorBindsRumors && compareStamps(entry.stamp, core.floor) <= 0) return 'below-floor';
    if (core.isOwnAhead(new Map(), [entry])) return 'stream';
    const refusal = core.refusalOf(entry, new Map([[entry.stream, owner]]));
    if (refusal !== undefined) return refusal;
    core.merge(entry, 'rumor');
    core.finish();
    return 'merged';
  }

  /** One key of a resync. Whether the other side's entry is shown from now on. */
  #settle(
    mine: SharedEntry | undefined,
    other: SharedEntry | undefined,
    rows: Rows,
    resync: SharedResync,
    after: AfterResync,
  ): boolean {
    if (mine !== undefined && other !== undefined && isSameDot(mine, other)) return false;
    const { map, parts, floor } = this.#core;
    const isDead = (entry: SharedEntry): boolean =>
      entry === mine ? map.lifetimes.isDead(entry) : isDeadOnArrival(entry);
    const verdict = judge(
      { entry: mine, rows, floor },
      { entry: other, rows: resync.rows, floor: resync.floor },
      isDead,
      this.#rules,
    );
    const { entry } = verdict;
    if (mine !== undefined && isDead(mine) && isDropped(mine, entry, resync.rows)) after.dropped.push(mine);
    if (other !== undefined && isDead(other) && isDropped(other, entry, rows)) after.dropped.push(other);
    if (verdict.decision === 'reissue') after.again.push(verdict.entry);
    if (entry === undefined) {
      if (mine !== undefined) map.drop(mine, 'resync');
      return false;
    }
    map.streams.cover(entry.stream, entry.version);
    if (entry !== mine && verdict.decision === 'keep') map.set(entry, parts.clock.nowMs, 'resync');
    return entry !== mine;
  }

  #reissue(entry: SharedEntry, stamp: Stamp, from: string, theirs: Rows): void {
    const core = this.#core;
    if (this.#isForgotten(entry, from, theirs)) {
      const current = core.map.get(entry.key);
      if (current !== undefined) core.map.drop(current, 'resync');
      core.queueEvent({ type: 'discarded', key: entry.key, entry });
      return;
    }
    const [aged] = core.aged([entry]);
    const write = { ...aged!, stamp, orig: entry.orig ?? entry.stamp, parent: dotOf(entry) };
    const issued = core.append(entry.key, write, 'resync');
    core.queueEvent({ type: 'reissued', key: entry.key, from: entry, entry: issued });
  }

  /** A third party's write, of a stream that everybody else has forgotten. */
  #isForgotten(entry: SharedEntry, from: string, theirs: Rows): boolean {
    const { map, parts, ownNode } = this.#core;
    const owner = map.streams.get(entry.stream)?.owner;
    if (owner === undefined || owner.node === ownNode || owner.node === from || theirs.has(entry.stream)) return false;
    return generationMs(owner.generation) < parts.wallMs() - parts.config.retiredKeepMs;
  }

  /** A resync is taken as a whole or not at all. */
  #refusalsOf({ entries, floor }: SharedResync, owners: Owners): Refusal[] {
    const refusals: Refusal[] = [];
    for (const entry of entries) {
      const reason = this.#core.refusalOf(entry, owners);
      if (reason !== undefined) refusals.push(this.#refusal(entry, entry.stamp, reason));
    }
    if (this.#core.isAhead(floor)) {
      refusals.push(this.#refusal({ key: '', stream: '', version: 0 }, floor, 'clock-ahead'));
    }
    return refusals;
  }

  #refusal(of: Dot & { readonly key: string }, stamp: Stamp, reason: EntryRefusal): Refusal {
    const refusal = refusalOf(of, reason);
    return this.#core.stamps.isOfLaterEpoch(stamp) ? { ...refusal, lateEpoch: stamp.epoch } : refusal;
  }

  #refuseOwnAhead(): ApplyResult {
    const { ownKey } = this.#core;
    this.#core.queueEvent({ type: 'own-stream-ahead', lane: 0, stream: ownKey });
    this.#core.finish();
    return nothing('own-stream-ahead');
  }
}

/** What is left to do when each key of a resync is settled, and the other side's coverage is taken. */
interface AfterResync {
  /** To be issued anew. */
  readonly again: SharedEntry[];
  /** Deletions that are no longer remembered. */
  readonly dropped: SharedEntry[];
}

/**
 * Whether a deletion died because the other side covers it: from now on it is one that was dropped. Not when a greater entry
 * has its place, as after any later write: who lacks the deletion gets that.
 */
function isDropped(dead: SharedEntry, survivor: SharedEntry | undefined, others: Rows): boolean {
  if (survivor !== undefined && compareEntries(survivor, dead) >= 0) return false;
  return covers(others.get(dead.stream) ?? emptyRow, dead.version);
}
