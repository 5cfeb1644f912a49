import type { KvNodeOptions, SwimConfig } from 'hearsay';

type Pace = Pick<
  SwimConfig,
  | 'gossipIntervalMs'
  | 'gossipNodes'
  | 'retransmitMult'
  | 'probeIntervalMs'
  | 'probeTimeoutMs'
  | 'suspicionMult'
  | 'suspicionMaxTimeoutMult'
>;

/**
 * The protocol's settings for the show, and why they are not the defaults: everything happens as in production, only
 * slow enough to watch (gossip), or quick enough to fit into half a minute (failure detection).
 */
export const pace: Pace = {
  /** One gossip round. LAN default 200 ms: slower, so that an eye can follow it. */
  gossipIntervalMs: 300,
  /** Each round a node tells this many random others. LAN default 3: with one, those who know about double, 2^r. */
  gossipNodes: 1,
  /** A rumor is passed on this often times log10 of the cluster's size. LAN default 4: more, as the fan-out is less. */
  retransmitMult: 8,
  /** Every node pings one other this often, as on a LAN. */
  probeIntervalMs: 1_000,
  /** How long it waits for the answer. LAN default 500 ms. */
  probeTimeoutMs: 250,
  /** The shortest suspicion is this many protocol periods (times log10 of the size). LAN default 4. */
  suspicionMult: 3,
  /** Without a second accuser the suspicion lasts this many times longer. LAN default 6. */
  suspicionMaxTimeoutMult: 4,
};

/** The same for what members compare of their shared state, so that who was cut off need not be waited for. */
export const statePace: KvNodeOptions = {
  /** Every node compares its state with one other this often. Default 1 s, and two others. */
  periodMs: 500,
  peersPerPeriod: 1,
};

/** Milliseconds as gossip rounds. */
export function toRounds(ms: number): number {
  return ms / pace.gossipIntervalMs;
}
