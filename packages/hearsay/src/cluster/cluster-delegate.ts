import { BroadcastQueue, retransmitLimit, type Delegate, type Member, type MemberEvent } from '../swim/index.ts';
import { copyBytes, formatAddress, type Address } from '../util/index.ts';
import { kvHeadBytes, toMarklessView, withKvHead } from './capability.ts';
import type { ClusterEvent } from './events.ts';
import { PacketShare } from './packet-share.ts';

const nothing = new Uint8Array(0);

/** What a {@link ClusterDelegate} is made of. */
export interface ClusterDelegateParts {
  readonly emit: (event: ClusterEvent) => void;
  /** Hooks of a layer above. A Serf pool has its own: see {@link ClusterDelegate.attach}. */
  readonly inner: Partial<Delegate>;
  readonly meta: Uint8Array;
  readonly retransmitMult: number;
  readonly memberCount: () => number;
  /** Hears of members when the layer above has. */
  readonly onMemberEvent: (event: MemberEvent) => void;
  /** Hears where what comes next comes from: with gossip, or with a comparison of states. */
  readonly onSource: (via: 'gossip' | 'push-pull', from: Address) => void;
}

/** What the state layer has of membership. It stands beside the layer above, which never hears of its messages. */
export interface StateHooks extends Pick<Delegate, 'hasBroadcasts' | 'takeBroadcasts' | 'onMemberEvent'> {
  /** False: the message is none of the state layer's. */
  onUserMessage(message: Uint8Array, from: Address): boolean;
  /** Whether the member may be sent state. */
  isCapable(member: Member): boolean;
}

/**
 * Stands between membership and what is above it: turns news into events for the user, keeps the user's own broadcasts,
 * and passes everything on to the hooks of a layer above, if there is one. In a Serf pool that layer tells the user of
 * members, and user messages are its own.
 */
export class ClusterDelegate implements Delegate {
  /** What this node says of itself. */
  meta: Uint8Array;
  readonly broadcasts: BroadcastQueue;
  /** Absent when the layer above does not care, for their presence alone changes what is accepted. */
  acceptAlive?: (member: Member) => boolean;
  readonly acceptMerge?: (members: readonly Member[]) => boolean;
  readonly #emit: (event: ClusterEvent) => void;
  readonly #onMemberEvent: ClusterDelegateParts['onMemberEvent'];
  readonly #onSource: ClusterDelegateParts['onSource'];
  readonly #share: PacketShare = new PacketShare();
  #inner: Partial<Delegate>;
  #isPlain: boolean = true;
  #state: StateHooks | undefined;

  constructor(parts: ClusterDelegateParts) {
    this.#emit = parts.emit;
    this.#onMemberEvent = parts.onMemberEvent;
    this.#onSource = parts.onSource;
    this.#inner = parts.inner;
    this.meta = parts.meta;
    this.broadcasts = new BroadcastQueue(() => retransmitLimit(parts.retransmitMult, parts.memberCount()));
    const { inner } = parts;
    if (inner.acceptAlive !== undefined) this.acceptAlive = (member) => inner.acceptAlive!(member);
    if (inner.acceptMerge !== undefined) this.acceptMerge = (members) => inner.acceptMerge!(members);
  }

  /** From now on `layer` stands above membership, and speaks to the user itself. */
  attach(layer: Delegate): void {
    this.#inner = layer;
    this.#isPlain = false;
    if (layer.acceptAlive !== undefined) this.acceptAlive = (member) => layer.acceptAlive!(member);
  }

  /** From now on this node takes part in gossiped state, and a plain pool's metadata says so. */
  attachState(hooks: StateHooks): void {
    this.#state = hooks;
  }

  nodeMeta(limitBytes: number): Uint8Array {
    if (!this.#isPlain || this.#state === undefined) return this.#inner.nodeMeta?.(limitBytes) ?? this.meta;
    return withKvHead(this.#inner.nodeMeta?.(limitBytes - kvHeadBytes) ?? this.meta);
  }

  ackPayload(): Uint8Array {
    return this.#inner.ackPayload?.() ?? nothing;
  }

  localState(isJoin: boolean): Uint8Array {
    return this.#inner.localState?.(isJoin) ?? nothing;
  }

  hasBroadcasts(): boolean {
    return this.#hasOtherBroadcasts() || (this.#state?.hasBroadcasts() ?? false);
  }

  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    const state = this.#state?.hasBroadcasts() === true ? this.#state : undefined;
    const areBothWaiting = state !== undefined && this.#hasOtherBroadcasts();
    if (!areBothWaiting) this.#share.reset();
    if (state === undefined || to === undefined || !state.isCapable(to)) {
      return this.#takeOthers(to, overheadBytes, limitBytes, out);
    }
    if (!areBothWaiting) return state.takeBroadcasts(to, overheadBytes, limitBytes, out);
    this.#share.fill(
      (overhead, limit, messages) => this.#takeOthers(to, overhead, limit, messages),
      (overhead, limit, messages) => state.takeBroadcasts(to, overhead, limit, messages),
      overheadBytes,
      limitBytes,
      out,
    );
  }

  onUserMessage(message: Uint8Array, from: Address): void {
    this.#onSource('gossip', from);
    if (this.#state?.onUserMessage(message, from) === true) return;
    this.#inner.onUserMessage?.(message, from);
    if (this.#isPlain) this.#emit({ type: 'user-message', payload: copyBytes(message), from: formatAddress(from) });
  }

  onRemoteState(state: Uint8Array, isJoin: boolean, from: Address): void {
    this.#onSource('push-pull', from);
    this.#inner.onRemoteState?.(state, isJoin, from);
  }

  onPingComplete(member: Member, rttMs: number, ackPayload: Uint8Array): void {
    this.#inner.onPingComplete?.(member, rttMs, ackPayload);
  }

  onMemberEvent(event: MemberEvent): void {
    this.#inner.onMemberEvent?.(event);
    this.#state?.onMemberEvent(event);
    this.#onMemberEvent(event);
    if (!this.#isPlain) return;
    const member = toMarklessView(event.member);
    this.#emit({ type: `member-${event.type}`, member, members: [member] });
  }

  onConflict(existing: Member, other: Member): void {
    this.#inner.onConflict?.(existing, other);
    this.#emit({ type: 'name-conflict', member: toMarklessView(existing), other: toMarklessView(other) });
  }

  #hasOtherBroadcasts(): boolean {
    return this.broadcasts.count > 0 || (this.#inner.hasBroadcasts?.() ?? false);
  }

  /** Those of the layer above, and the user's own. */
  #takeOthers(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    const firstOfOurs = out.length;
    this.#inner.takeBroadcasts?.(to, overheadBytes, limitBytes, out);
    let usedBytes = 0;
    for (let index = firstOfOurs; index < out.length; index += 1) usedBytes += overheadBytes + out[index]!.length;
    this.broadcasts.take(overheadBytes, limitBytes - usedBytes, out);
  }
}
