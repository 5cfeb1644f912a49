import { Inquiries } from '../inquiry/index.ts';
import { Kv, type KvEvent, type KvHost, type KvOptions, type KvRecord, type WriteWatcher } from '../kv/index.ts';
import { Member, type Swim } from '../swim/index.ts';
import { ClusterError, formatAddress, type StepClock, type TimerQueue } from '../util/index.ts';
import { Capabilities } from './capability.ts';
import type { StateHooks } from './cluster-delegate.ts';
import type { Effects, Env } from './effects.ts';
import type { ClusterEvent, KvClusterEvent } from './events.ts';
import type { CheckedOptions } from './options.ts';

/** What a state layer is made of. */
export interface KvLayerParts {
  readonly options: CheckedOptions;
  readonly kv: KvOptions;
  readonly swim: Swim;
  /** In a Serf pool, the members that it remembers: more, and for longer, than membership does. */
  readonly serfNames: (() => readonly string[]) | undefined;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly env: Env;
  readonly effects: Effects;
  /** Hears of entries on their way. */
  readonly watcher: WriteWatcher | undefined;
}

/** The state layer of a node, beside whatever stands above membership. */
export interface KvLayer {
  readonly kv: Kv;
  /** What the layer has of membership, for others that send messages of our own. */
  readonly host: KvHost;
  /** Asks the members that take part, and answers them. */
  readonly inquiries: Inquiries;
  /** Whether the member takes part. */
  readonly isCapable: (member: Member) => boolean;
  readonly hooks: StateHooks;
  /** Hears what a Serf layer tells: that one forgets members, long after membership has. */
  readonly onSerfEvent: (event: {
    readonly type: string;
    readonly members?: readonly { readonly name: string }[];
  }) => void;
}

/**
 * A {@link Kv} above `swim`, which is its host.
 *
 * @throws `ClusterError` `ERR_CONFIG`
 */
export function createKvLayer(parts: KvLayerParts): KvLayer {
  const { options, kv: layer, swim, serfNames, clock, timers, effects } = parts;
  const { rng, wallMs } = parts.env;
  if (wallMs === undefined) {
    throw new ClusterError('ERR_CONFIG', 'kv is given, but the environment has no wallMs to stamp writes with');
  }
  const capabilities = new Capabilities(options.serf !== undefined);
  const host: KvHost = {
    name: options.name,
    packetMaxBytes: swim.userMessageMaxBytes,
    liveMembers: () => swim.members.members.filter((member) => !member.isDeadOrLeft),
    knownNames: () => new Set(serfNames === undefined ? swim.members.members.map(({ name }) => name) : serfNames()),
    member: (name) => swim.members.get(name),
    isCapable: (member) => capabilities.has(member),
    send: (to, message, channel) => swim.sendUserMessage(to, message, channel),
    wakeGossip: () => swim.wakeGossip(),
    emit: (event) => {
      if (event.type === 'clock-skew') swim.evidence.onClockSkew(event.aheadMs, event.refusedBy);
      effects.emit(toClusterEvent(event));
    },
    watcher: parts.watcher,
  };
  const gossip = { seeds: options.seeds.map(formatAddress), ...layer.gossip };
  const isKept = layer.saved !== undefined && effects.persistState !== undefined;
  const persist = isKept ? (record: KvRecord): void => effects.persistState!(record) : undefined;
  const kv = new Kv({ ...layer, gossip }, host, { clock, timers, rng, wallMs, ...(persist && { persist }) });
  const inquiries = new Inquiries(host, { clock, timers, rng });
  const isPlain = serfNames === undefined;
  const hooks: StateHooks = {
    isCapable: (member) => capabilities.has(member),
    hasBroadcasts: () => kv.hasBroadcasts(),
    takeBroadcasts: (to, overheadBytes, limitBytes, out) => kv.takeBroadcasts(to, overheadBytes, limitBytes, out),
    onUserMessage: (message, from) => inquiries.onUserMessage(message) || kv.onUserMessage(message, from),
    onMemberEvent: (event) => {
      if (isPlain || event.type !== 'reap') kv.onMemberEvent(event);
    },
  };
  return {
    kv,
    host,
    inquiries,
    isCapable: (member) => capabilities.has(member),
    hooks,
    onSerfEvent: ({ type, members = [] }) => {
      if (type !== 'member-reap') return;
      for (const { name } of members) kv.onMemberEvent({ type: 'reap', member: new Member(name) });
    },
  };
}

function toClusterEvent(event: KvEvent): ClusterEvent {
  return { ...event, type: `kv-${event.type}` } as KvClusterEvent;
}
