import { ClockWatch } from './clock-watch.ts';
import type { KvConfig } from '../config.ts';
import type { Dot, OwnedEntry, SharedEntry } from '../entry.ts';
import type { KvEvent } from '../events.ts';
import type { KvPeer, KvRefusal } from '../exchange/index.ts';
import { EpochWatch } from './epoch-watch.ts';
import { Generations } from './generations.ts';
import type { KvEnv } from '../host.ts';
import type { KvState } from '../kv-state.ts';
import { limitsHashOf } from './limits-hash.ts';
import type { RumorOutcome } from '../messages.ts';
import type { Nack } from '../protocol.ts';
import { Refusals } from './refusals.ts';
import type { Roster } from './roster.ts';
import { StampsAhead } from './stamps-ahead.ts';
import type { Generation, StreamOwner } from '../stream.ts';

/** What {@link Disputes} need. */
export interface DisputesParts {
  readonly ownName: string;
  readonly state: KvState;
  readonly config: KvConfig;
  readonly env: Pick<KvEnv, 'clock' | 'rng' | 'wallMs'>;
  readonly roster: Roster;
  readonly emit: (event: KvEvent) => void;
  /** Sends by packet, if the budget allows it. */
  readonly send: (to: KvPeer, message: Uint8Array) => void;
  /** How often all that another has of the shared map was here. */
  readonly syncCount: () => number;
  /** Entries of ours that others refuse, or would, were written anew. */
  readonly onReissue: (entries: readonly SharedEntry[]) => void;
  /** This node's streams are new ones. */
  readonly onNewGeneration: () => void;
}

/** Where nodes do not agree: entries that are refused, here or by others, clocks, generations, and limits. */
export class Disputes {
  /** Of our own limits, for summaries. */
  readonly limitsHash: number;
  readonly #parts: DisputesParts;
  readonly #refusals: Refusals;
  readonly #clock: ClockWatch;
  readonly #generations: Generations;
  readonly #stampsAhead: StampsAhead;
  readonly #epochs: EpochWatch;
  /** Users have heard of `clock-skew`, and not of its end. */
  #isTold: boolean = false;
  readonly #nacks: Record<string, number> = {};
  /** Members that have other limits than we. */
  readonly #otherLimits = new Set<string>();

  constructor(parts: DisputesParts) {
    const { ownName, state, config, env, roster, emit, send, onNewGeneration } = parts;
    this.#parts = parts;
    this.limitsHash = limitsHashOf(config);
    this.#refusals = new Refusals({ ownName, env, peer: (name) => roster.get(name), send });
    this.#clock = new ClockWatch({
      env,
      maxAheadMs: config.maxAheadMs,
      peerCount: () => roster.liveCount,
      onWrong: (aheadMs, refusedBy) => {
        this.#isTold = true;
        emit({ type: 'clock-skew', aheadMs, refusedBy });
      },
      onRight: () => this.#reissue(),
    });
    this.#stampsAhead = new StampsAhead({
      shared: state.shared,
      clockWatch: this.#clock,
      env,
      peerCount: () => roster.liveCount,
      syncCount: parts.syncCount,
      onOver: () => this.#reissue(),
    });
    this.#epochs = new EpochWatch({
      env,
      peerCount: () => roster.liveCount,
      onAgreed: (epoch) => state.shared.allowEpoch(epoch),
    });
    this.#generations = new Generations({ state, env, emit, onOpen: onNewGeneration });
  }

  /** Entries that were refused here, by reason. */
  get refusalCounts(): Readonly<Record<string, number>> {
    return this.#refusals.counts;
  }

  /** Entries that were refused by others, by reason. */
  get nackCounts(): Readonly<Record<string, number>> {
    return this.#nacks;
  }

  /** Members that refuse our writes, as stamped in their future. */
  get accuserCount(): number {
    return this.#clock.accuserCount;
  }

  /** @throws {@link ClusterError} `ERR_KV_CLOCK_AHEAD` while others say that our clock is wrong */
  assertClock(): void {
    this.#clock.assertRight();
    this.#stampsAhead.beforeWrite();
  }

  /** To be called once in a period. */
  check(): void {
    this.#clock.check();
    this.#stampsAhead.check();
  }

  /** A rumor was not taken: its author should know, if it is there. */
  refuseRumor(entry: SharedEntry | OwnedEntry, owner: StreamOwner, outcome: RumorOutcome): void {
    const { ownName, env } = this.#parts;
    if (outcome === 'merged' || outcome === 'known' || outcome === 'below-floor') return;
    // Others have writes of ours that we never made; or of a generation that we have left behind.
    if (owner.node === ownName) {
      if (outcome === 'stream') this.#generations.reopen('own-stream-ahead', owner.generation);
      return;
    }
    const isAhead = outcome === 'clock-ahead' && entry.lane === 0;
    const aheadMs = isAhead ? Math.max(0, Math.ceil(entry.stamp.ms - env.wallMs())) : 0;
    const { stream, version } = entry;
    this.#refusals.tell(undefined, [{ stream, version, reason: outcome, aheadMs, author: owner.node }]);
  }

  /** Entries that a peer has sent were not taken. */
  refuse(peer: KvPeer, refusals: readonly KvRefusal[]): void {
    this.#refusals.tell(peer, refusals);
  }

  /** An answer of the peer had stamps of an epoch that this node does not take yet. */
  receiveLateEpoch({ name }: KvPeer, epoch: number): void {
    this.#epochs.receive(name, epoch);
  }

  /** A peer does not take entries of ours, or of others that came from us. */
  receiveNack({ refusals }: Nack, peer: KvPeer): void {
    const { config } = this.#parts;
    for (const { stream, version, reason, aheadMs } of refusals) {
      this.#nacks[reason] = (this.#nacks[reason] ?? 0) + 1;
      if (reason === 'retired' && this.#isWritten(stream)) this.#generations.reopen('retired');
      // Less: it is our epoch that the peer does not know.
      if (reason === 'clock-ahead' && aheadMs > config.maxAheadMs && this.#isOwnShared({ stream, version })) {
        this.#clock.receiveRefusal(peer.name, aheadMs);
      }
    }
  }

  /** A peer has told its limits and its clock. */
  receiveSummary({ name }: KvPeer, limitsHash: number, clockMs: number): void {
    this.#clock.receiveClock(name, clockMs);
    if (limitsHash === this.limitsHash) {
      this.#otherLimits.delete(name);
    } else if (!this.#otherLimits.has(name)) {
      this.#otherLimits.add(name);
      this.#parts.emit({ type: 'limits-differ', peer: name });
    }
  }

  /** Peers know of writes in our streams that we never made, of the generation `known` when that is a later one. */
  receiveOwnStreamAhead(known?: Generation): void {
    this.#generations.reopen('own-stream-ahead', known);
  }

  /** The member is gone for good. */
  forgetMember(name: string): void {
    this.#otherLimits.delete(name);
  }

  #reissue(): void {
    const { state, emit, onReissue } = this.#parts;
    const entries = state.shared.reissueAhead();
    if (entries.length > 0 || this.#isTold) emit({ type: 'clock-right', reissuedCount: entries.length });
    this.#isTold = false;
    onReissue(entries);
  }

  /** Whether it is one of the streams that we write now. */
  #isWritten(stream: string): boolean {
    const { shared, owned, telemetry } = this.#parts.state;
    return [shared, owned, telemetry].some(({ ownStream }) => ownStream === stream);
  }

  /** Whether we wrote it, in this generation or before. */
  #isOwnShared(dot: Dot): boolean {
    return this.#parts.state.shared.authorOf(dot) === this.#parts.ownName;
  }
}
