import { checkOptionNames, checkSwitches, insistOnConfig, type OptionOf } from '../util/index.ts';

/**
 * What a node does otherwise than memberlist, each rule a switch. None of them changes the wire or asks anything of the
 * peers, so members with different rules may share a cluster.
 */
export interface SwimRules {
  /**
   * Suspicion clocks stand still while this node had no time, and while nothing at all arrived for 1.5 protocol periods
   * and more; a probe under way then gets no verdict. With fewer than eight live members silence may as well be their
   * death, and only time that this node did not have counts.
   * Costs: a node that stalls often, or that all others leave alone at once, finds crashes later: at worst after twice the
   * longest suspicion and once the shortest.
   *
   * @see Lifeguard Fig. 1: stalled nodes accuse healthy ones
   */
  readonly frozenSuspicions: boolean;
  /**
   * Whom to probe when goes by the clock on the wall, such that each member is probed exactly once in every period, and a
   * crash meets its first probe within one period instead of after an exponential time. Without such a clock, and while
   * the own view changes all the time, it is the random round robin.
   * Costs: nothing on the wire. The time from one probe of a node to its next varies from 0 to 2 periods.
   *
   * @see SWIM §4.3: the round robin's bound is 2n - 1 periods; Lifeguard §VII asks for a tighter one
   */
  readonly sharedPermutation: boolean;
  /**
   * A target that keeps silent for longer than healthy ones do is tried over a stream before the probe timeout; when its
   * machine refuses the connection, others are asked at once, and when none of them gets an answer either it is suspected
   * without waiting for the end of the period. The same when the machine says nothing at all: it is down, for the kernel of
   * one whose process stalls would accept.
   * Costs: a stream for at most one probe in 69 of members that are well.
   */
  readonly refusedPorts: boolean;
  /**
   * Where packets get lost a target without an answer is probed again, up to twice, before it is accused: there a probe
   * fails by chance, and each false accusation costs rumors to all. Not when its machine refuses a connection.
   * Costs: where a tenth of all packets is lost and more, the machine of a member that is down is suspected one or two
   * protocol periods later.
   */
  readonly repeatedProbes: boolean;
  /**
   * Who is overruled is told so to its face, and says its record again when it meets an older accusation. A suspect is
   * told once more before it is declared dead, by each of its accusers and by whoever has not heard of enough
   * confirmations; all are told when nobody has confirmed. A suspicion that comes with a comparison of states is told to
   * the suspect alone, as it is nobody's confirmation. Suspects are told as well when this node hears something again
   * after a gap.
   * Costs: at most 16 small packets a second, one broadcast of the own record every 2 s, and one more of each accusation
   * that nobody confirms.
   *
   * @see hashicorp/memberlist#311
   */
  readonly reassertion: boolean;
  /**
   * Exchanges states again soon after a join, a healing, a stall or a long gap, and after many members came or went at once,
   * for as long as that brings something new.
   * Costs: one exchange more after a join, then up to eight within half a minute; two and more of each after a storm.
   */
  readonly promptRepair: boolean;
  /**
   * The departed are remembered for three days, and lost members and seeds are looked for.
   * Costs: about three exchanges in `healIntervalMs` in the whole cluster while somebody is lost, and one for each member
   * most of whose probes fail.
   *
   * @see hashicorp/serf#605: two halves that were apart for a day never meet again
   */
  readonly rejoin: boolean;
  /**
   * News is passed on at once instead of at the next tick of gossip, unless other news waits for that already; a death in any
   * case. It is sent as often in all as without.
   * Costs: up to half as many rounds of gossip again while there is much news, each packet with less in it.
   */
  readonly eagerPush: boolean;
  /**
   * One packet of each round of gossip goes to a next member on a circle on which all members stand, the others to
   * members at random: so without loss a rumor leaves out nobody, however few its copies are.
   * Not with more than 10,000 members, where copies are many.
   * Costs: hardly a packet; a look at all members when somebody came or went.
   */
  readonly ringGossip: boolean;
  /**
   * A round of gossip sends as many packets as the news needs, not one to each receiver, within
   * `SwimConfig.gossipMaxBytesPerSecond`; fewer while this node has no time or gets no answers. And a newcomer does not
   * pass on what it was told when it joined: whoever told it does.
   * Costs: the bytes of a storm are spent in a shorter time. They are no more.
   */
  readonly adaptiveGossip: boolean;
  /**
   * A rumor is sent more often where packets get lost, up to three times as often, and less often when more waits than
   * four rounds of gossip can send: but as often as it takes to reach everybody. With `ringGossip`, more than 32 members and
   * no loss, three times for each four of memberlist, but for deaths.
   * Costs: the copies that make up for lost ones. In a storm of news a lost packet is more likely to leave out somebody.
   */
  readonly adaptiveCopies: boolean;
  /**
   * What is said for and against a suspect is sent less often than other rumors: a confirmation half as often, as each member
   * needs a few of them, whosever; and where `adaptiveCopies` and `ringGossip` save copies, with more than 32 members and
   * no loss, a confirmation a fifth as often and, with `reassertion`, an accusation and a denial a third as often.
   * Costs: while members have no time, a few do not hear of an accusation, and hear of the death only.
   */
  readonly briefDisputes: boolean;
}

/** `memberlist`: as the Go code does, every rule off. `sharp`: every rule on. */
export type RuleSetName = 'memberlist' | 'sharp';

const sharp: SwimRules = {
  frozenSuspicions: true,
  sharedPermutation: true,
  refusedPorts: true,
  repeatedProbes: true,
  reassertion: true,
  promptRepair: true,
  rejoin: true,
  eagerPush: true,
  ringGossip: true,
  adaptiveGossip: true,
  adaptiveCopies: true,
  briefDisputes: true,
};

/** The rules behind each name. */
export const swimRuleSets: Readonly<Record<RuleSetName, SwimRules>> = {
  memberlist: {
    frozenSuspicions: false,
    sharedPermutation: false,
    refusedPorts: false,
    repeatedProbes: false,
    reassertion: false,
    promptRepair: false,
    rejoin: false,
    eagerPush: false,
    ringGossip: false,
    adaptiveGossip: false,
    adaptiveCopies: false,
    briefDisputes: false,
  },
  sharp,
};

/**
 * The rules that `rules` stands for: a set by its name, or changes to the sharp set. Frozen.
 *
 * @throws `ClusterError` `ERR_CONFIG` for an unknown name, an unknown rule, or one that is not true or false
 */
export function checkSwimRules(rules: RuleSetName | Partial<SwimRules>): SwimRules {
  if (typeof rules === 'string') {
    insistOnConfig(Object.hasOwn(swimRuleSets, rules), `rules is '${rules}', not one of memberlist, sharp`);
    return Object.freeze({ ...swimRuleSets[rules] });
  }
  checkOptionNames(rules, sharp, 'SwimRules');
  const merged = { ...sharp, ...rules };
  checkSwitches(merged, Object.keys(sharp) as OptionOf<SwimRules, boolean>[]);
  return Object.freeze(merged);
}
