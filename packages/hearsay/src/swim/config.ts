/**
 * How a node takes part in membership and failure detection. Start from a preset of {@link swimPresets}; all members
 * of a cluster should use the same one. Times are milliseconds.
 */
export interface SwimConfig {
  /**
   * How long one protocol period lasts: how often this node probes one other member.
   *
   * Shorter finds a failed member sooner and sends more packets, about one ping and one ack a period.
   * Longer than {@link SwimConfig.probeTimeoutMs}, so that indirect pings have time to answer.
   *
   * @defaultValue 1000 (LAN), 5000 (WAN), 1000 (local)
   * @throws `ClusterError` `ERR_CONFIG` when it is not longer than `probeTimeoutMs`
   * @see SWIM §3.1; memberlist `Config.ProbeInterval`
   */
  readonly probeIntervalMs: number;
  /**
   * How long a direct ping waits for its ack before others are asked to ping. Set it to the 99th percentile of the
   * round trips: too short asks for needless help, too long leaves the helpers no time within the period.
   *
   * @defaultValue 500 (LAN), 3000 (WAN), 200 (local)
   * @throws `ClusterError` `ERR_CONFIG` when it is not shorter than `probeIntervalMs`
   * @see memberlist `Config.ProbeTimeout`
   */
  readonly probeTimeoutMs: number;
  /**
   * How many other members are asked to ping a member that did not answer. 0 asks nobody: then a single lost packet
   * can start a suspicion.
   *
   * @defaultValue 3 (LAN, WAN), 1 (local); at most 16
   * @see SWIM §3.1; memberlist `Config.IndirectChecks`
   */
  readonly indirectChecks: number;
  /**
   * Whether a member that did not answer is also pinged over a stream, which gets through where UDP is blocked or
   * mis-sized.
   *
   * @defaultValue true
   * @see memberlist `Config.DisableTcpPings`, inverted
   */
  readonly streamPings: boolean;
  /**
   * Whether a ping to a suspect says in the same packet what it is accused of, so that it refutes at once. Off, it hears
   * of the accusation by gossip alone, as in SWIM.
   *
   * @defaultValue true
   * @see Lifeguard §IV.C: "buddy system"
   */
  readonly buddyPings: boolean;
  /**
   * Whether a node that doubts its health also waits longer from one probe to the next: as many periods as its score,
   * in which it begins none. Off, each probe may take longer, and the next one begins with the next period, as in
   * memberlist.
   *
   * @defaultValue false
   * @see Lifeguard §IV.A: the text has the interval grow, memberlist's `probeNode` only the time that an answer may take
   */
  readonly spacedProbes: boolean;
  /**
   * By how much, at most, a node that doubts its own health stretches its protocol period. 1 switches that off.
   *
   * @defaultValue 8; from 1 to 64
   * @see Lifeguard §IV.A; memberlist `Config.AwarenessMaxMultiplier`
   */
  readonly awarenessMaxMultiplier: number;
  /**
   * The shortest time a suspect has to refute, in protocol periods; grows with the logarithm of the cluster's size.
   * Lower finds crashes sooner and accuses more healthy members. Below 4 hardly any confirmations are asked for.
   *
   * @defaultValue 4 (LAN), 6 (WAN), 3 (local); from 2 to 100
   * @throws `ClusterError` `ERR_CONFIG` when a refutation would have less than five gossip intervals to come back
   * @see SWIM §4.2; memberlist `Config.SuspicionMult`
   */
  readonly suspicionMult: number;
  /**
   * The longest time a suspect has, in multiples of the shortest: what it gets while nobody confirms. With 1 all have the
   * same time, and confirmations are not passed on: up to a third fewer packets while many are accused.
   *
   * @defaultValue 6; from 1 to 100
   * @see Lifeguard §IV.B; memberlist `Config.SuspicionMaxTimeoutMult`
   */
  readonly suspicionMaxTimeoutMult: number;
  /**
   * How many others must confirm an accusation to shrink it to its shortest time: Lifeguard's K. 0: two less than
   * {@link SwimConfig.suspicionMult}, as in memberlist; then a multiplier of 2 asks for none and has no longest time.
   *
   * @defaultValue 0; at most 16
   * @see Lifeguard §IV.B
   */
  readonly suspicionConfirmations: number;
  /**
   * How often one rumor is sent, in multiples of the decimal digits of the cluster's size. More survives more loss and
   * costs more bytes.
   *
   * @defaultValue 4 (LAN, WAN), 2 (local); from 1 to 100
   * @see SWIM §4.1; memberlist `Config.RetransmitMult`
   */
  readonly retransmitMult: number;
  /**
   * Time between two rounds of gossip.
   *
   * @defaultValue 200 (LAN), 500 (WAN), 100 (local)
   * @see memberlist `Config.GossipInterval`
   */
  readonly gossipIntervalMs: number;
  /**
   * Fan-out: to how many members a round of gossip sends.
   *
   * @defaultValue 3 (LAN, local), 4 (WAN); from 1 to 64
   * @see memberlist `Config.GossipNodes`
   */
  readonly gossipNodes: number;
  /**
   * What rounds of gossip may send in a second when there is much news, with the rule `adaptiveGossip`; one packet to each
   * of {@link SwimConfig.gossipNodes} is sent in any case. More ends a storm of joins or deaths sooner.
   *
   * @defaultValue 262144; from 1024 to 1073741824
   */
  readonly gossipMaxBytesPerSecond: number;
  /**
   * How long a dead member still gets gossip and stays in the list. It is how a member that was declared dead by
   * mistake hears of it and refutes.
   *
   * @defaultValue 30000 (LAN), 60000 (WAN), 15000 (local)
   * @throws `ClusterError` `ERR_CONFIG` when shorter than `suspicionMult` protocol periods: the member would be
   * forgotten while others still suspect it
   * @see memberlist `Config.GossipToTheDeadTime`
   */
  readonly gossipToTheDeadMs: number;
  /**
   * Time between two full state exchanges with a random member, for up to 32 members; longer in larger clusters.
   * 0 switches it off; then only joining and healing repair what gossip missed.
   *
   * @defaultValue 30000 (LAN), 60000 (WAN), 15000 (local)
   * @throws `ClusterError` `ERR_CONFIG` when it is 0 and `healIntervalMs` is 0 too
   * @see memberlist `Config.PushPullInterval`
   */
  readonly pushPullIntervalMs: number;
  /**
   * How long a stream may take: to open, and for each phase of an exchange.
   *
   * @defaultValue 10000 (LAN), 30000 (WAN), 1000 (local)
   * @throws `ClusterError` `ERR_CONFIG` when shorter than `probeTimeoutMs`
   * @see memberlist `Config.TCPTimeout`
   */
  readonly streamTimeoutMs: number;
  /**
   * How much a packet is filled with. A packet can be up to seven bytes longer: the length entry of its first message
   * and a checksum are not counted, as in memberlist. Larger than the path's MTU less 28 means fragments.
   *
   * @defaultValue 1400; at most 65500
   * @throws `ClusterError` `ERR_CONFIG` when the largest alive message would not fit with label and encryption
   * @see memberlist `Config.UDPBufferSize`
   */
  readonly packetMaxBytes: number;
  /**
   * The largest share of a packet that membership rumors fill while user messages wait: in memberlist they may take
   * all of it, and a busy cluster starves its users (hashicorp/memberlist#299).
   *
   * @defaultValue 0.75; from 0.1 to 1
   */
  readonly membershipShare: number;
  /**
   * How long a member must be dead before another address may take over its name. 0: never while it is remembered.
   *
   * @defaultValue 0
   * @see memberlist `Config.DeadNodeReclaimTime`
   */
  readonly deadNodeReclaimMs: number;
  /**
   * Time between two attempts to find lost members: one of the seeds or of the members that are long dead is contacted,
   * so that two halves of a split find each other. Jittered. 0 switches it off.
   *
   * @defaultValue 30000 (LAN), 60000 (WAN), 15000 (local)
   */
  readonly healIntervalMs: number;
  /**
   * How long a departed member is remembered after it was reaped: healing tries its address, and news older than its
   * departure does not revive it.
   *
   * @defaultValue 259200000: three days, so that halves that were apart for a weekend meet again; Serf's
   * `ReconnectTimeout` is one
   * @throws `ClusterError` `ERR_CONFIG` when shorter than `gossipToTheDeadMs`
   */
  readonly departedMemoryMs: number;
  /**
   * How late a timer may fire before this node mistrusts itself: the probe in flight gets no verdict and suspicions
   * stand still for the time lost.
   *
   * @defaultValue 100 (LAN), 500 (WAN), 50 (local)
   * @throws `ClusterError` `ERR_CONFIG` when it is not shorter than `probeTimeoutMs`
   */
  readonly lateToleranceMs: number;
  /**
   * The protocol version announced, 1 to 5. 1 pads what it encrypts, as memberlist does for old members.
   *
   * @defaultValue 2
   * @see memberlist `Config.ProtocolVersion`
   */
  readonly protocolVersion: number;
  /**
   * Whether packets that become shorter by it, and streams, are compressed. Compressed ones are always understood.
   *
   * @defaultValue true
   * @see memberlist `Config.EnableCompression`
   */
  readonly compression: boolean;
  /**
   * Keeps clusters apart that share a network: packets and streams with another label are refused. Empty for none.
   * Needs memberlist 0.3.0 or later on all members.
   *
   * @defaultValue ''; at most 255 bytes in UTF-8
   * @see memberlist `Config.Label`
   */
  readonly label: string;
  /**
   * For use behind something that strips labels: what comes without one is taken as ours, what comes with one refused.
   *
   * @defaultValue false
   * @see memberlist `Config.SkipInboundLabelCheck`
   */
  readonly skipInboundLabelCheck: boolean;
  /**
   * With keys: refuse what is not encrypted. Off only while a running cluster moves from plain to encrypted.
   *
   * @defaultValue true
   * @throws `ClusterError` `ERR_CONFIG` when it is on and `verifyOutgoing` is off: such nodes refuse each other
   * @see memberlist `Config.GossipVerifyIncoming`
   */
  readonly verifyIncoming: boolean;
  /**
   * With keys: encrypt what is sent. Off only while a running cluster moves from plain to encrypted.
   *
   * @defaultValue true
   * @see memberlist `Config.GossipVerifyOutgoing`
   */
  readonly verifyOutgoing: boolean;
}

/** For which network a preset is made: one data centre, across the internet, or one machine. */
export type SwimProfile = 'lan' | 'wan' | 'local';

const lan: SwimConfig = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  streamPings: true,
  buddyPings: true,
  spacedProbes: false,
  awarenessMaxMultiplier: 8,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  suspicionConfirmations: 0,
  retransmitMult: 4,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipMaxBytesPerSecond: 262_144,
  gossipToTheDeadMs: 30_000,
  pushPullIntervalMs: 30_000,
  streamTimeoutMs: 10_000,
  packetMaxBytes: 1_400,
  membershipShare: 0.75,
  deadNodeReclaimMs: 0,
  healIntervalMs: 30_000,
  departedMemoryMs: 3 * 24 * 60 * 60 * 1_000,
  lateToleranceMs: 100,
  protocolVersion: 2,
  compression: true,
  label: '',
  skipInboundLabelCheck: false,
  verifyIncoming: true,
  verifyOutgoing: true,
};

/** memberlist's `DefaultLANConfig`, `DefaultWANConfig` and `DefaultLocalConfig`, and our own options beside them. */
export const swimPresets: Readonly<Record<SwimProfile, SwimConfig>> = {
  lan,
  wan: {
    ...lan,
    probeIntervalMs: 5_000,
    probeTimeoutMs: 3_000,
    suspicionMult: 6,
    gossipIntervalMs: 500,
    gossipNodes: 4,
    gossipToTheDeadMs: 60_000,
    pushPullIntervalMs: 60_000,
    streamTimeoutMs: 30_000,
    healIntervalMs: 60_000,
    lateToleranceMs: 500,
  },
  local: {
    ...lan,
    probeTimeoutMs: 200,
    indirectChecks: 1,
    suspicionMult: 3,
    retransmitMult: 2,
    gossipIntervalMs: 100,
    gossipToTheDeadMs: 15_000,
    pushPullIntervalMs: 15_000,
    streamTimeoutMs: 1_000,
    healIntervalMs: 15_000,
    lateToleranceMs: 50,
  },
};
