/** A mistake in the protocol, as an edit of one source file, and who must notice it. */
export interface PlantedBug {
  readonly name: string;
  /** Below `packages/hearsay/src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The invariants of which one must be broken. */
  readonly foundBy: readonly string[];
  /** Within how many seeds, from 1 on. */
  readonly withinSeeds: number;
  /** A run made for it; without one the swarm's. See `hunts.ts`. */
  readonly hunt?: string;
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'skip a refutation',
    file: 'swim/own-record.ts',
    find: 'this.#refute(incarnation, accuser);',
    replace: '',
    foundBy: ['no-false-death'],
    withinSeeds: 20,
  },
  {
    name: 'reuse a sequence number',
    file: 'swim/sequence-numbers.ts',
    find: 'this.#last = (this.#last + 1) >>> 0;',
    replace: 'this.#last = (this.#last % 7) + 1;',
    foundBy: ['sequence-numbers'],
    withinSeeds: 1,
  },
  {
    name: 'forget to gossip to the dead',
    file: 'swim/gossiper.ts',
    find: "if (member.state !== 'dead') return true;",
    replace: "if (true) return member.state !== 'dead';",
    foundBy: ['told-by-gossip'],
    withinSeeds: 5,
    hunt: 'told-by-gossip',
  },
  {
    name: 'the same accuser confirms again',
    file: 'swim/suspicion.ts',
    find: ' || this.#accusers.includes(from)',
    replace: '',
    foundBy: ['suspicion-time'],
    withinSeeds: 20,
  },
  {
    name: 'confirmations do not shorten a suspicion',
    file: 'swim/suspicion.ts',
    find: 'if (this.confirmationCount === 0) return this.#maxMs;',
    replace: 'return this.#maxMs;',
    foundBy: ['suspicion-time'],
    withinSeeds: 20,
  },
  {
    name: 'an alive message at the same incarnation clears a suspect',
    file: 'swim/membership.ts',
    find: '} else if (alive.incarnation <= member.incarnation) {',
    replace: '} else if (alive.incarnation < member.incarnation) {',
    foundBy: ['suspicion-time', 'incarnation-never-back', 'no-resurrection'],
    withinSeeds: 20,
  },
  {
    name: 'a death heard of in a push/pull is taken for certain',
    file: 'swim/membership.ts',
    find: `      case 1:
      case 2:`,
    replace: `      case 2:
        return this.receiveDead({ incarnation, node, from: 'somebody' }, undefined);
      case 1:`,
    foundBy: ['second-hand-death'],
    withinSeeds: 20,
  },
  {
    name: 'an old alive message revives a forgotten member',
    file: 'swim/membership.ts',
    find: 'if (alive.incarnation <= tombstone.incarnation && hasAddress(tombstone, alive)) return this.#exhume(tombstone);',
    replace: '',
    foundBy: ['no-resurrection'],
    withinSeeds: 20,
  },
  {
    name: 'a death message older than the record counts',
    file: 'swim/membership.ts',
    find: `    if (incarnation < member.incarnation) return this.#tellOutdated(member, from);
    if (member.isDeadOrLeft ||`,
    replace: '    if (member.isDeadOrLeft ||',
    foundBy: ['incarnation-never-back', 'second-hand-death'],
    withinSeeds: 20,
  },
  {
    name: 'the departed are never forgotten',
    file: 'swim/membership.ts',
    find: 'this.#config.gossipToTheDeadMs, (member) => {',
    replace: 'Infinity, (member) => {',
    foundBy: ['reap-time'],
    withinSeeds: 40,
  },
  {
    name: 'the departed are forgotten too early',
    file: 'swim/membership.ts',
    find: 'this.#config.gossipToTheDeadMs, (member) => {',
    replace: '1_000, (member) => {',
    foundBy: ['reap-time'],
    withinSeeds: 5,
  },
  {
    name: 'a rumor is never dropped from the queue',
    file: 'swim/broadcast-queue.ts',
    find: 'if (entry.transmitCount >= transmitLimit) this.#forget(entry);',
    replace: 'if (entry.transmitCount >= 10_000) this.#forget(entry);',
    foundBy: ['bounded-queues'],
    withinSeeds: 5,
  },
  {
    name: 'a leave is not broadcast',
    file: 'swim/own-record.ts',
    find: 'this.#rumors.spreadDead({ incarnation: member.incarnation, node: member.name, from: member.name }, onSpread);',
    replace: 'onSpread();',
    foundBy: ['graceful-leave'],
    withinSeeds: 60,
  },
  {
    name: 'a refutation does not end the suspicion',
    file: 'swim/membership.ts',
    find: `    this.#suspicions.end(member);
    const before = member.state;`,
    replace: '    const before = member.state;',
    foundBy: ['suspicion-time'],
    withinSeeds: 20,
  },
  {
    name: 'a probe is judged after a stall',
    file: 'swim/swim.ts',
    find: 'this.#prober.voidRound(lateMs);',
    replace: '',
    foundBy: ['no-late-accusation'],
    withinSeeds: 20,
  },
  {
    name: 'an indirect ping is never sent',
    file: 'swim/prober.ts',
    find: 'for (const helper of this.#helpers) this.#askHelper(helper, target);',
    replace: '',
    foundBy: ['helpers-bridge'],
    withinSeeds: 3,
    hunt: 'helpers-bridge',
  },
  {
    name: 'a nack is ignored',
    file: 'swim/prober.ts',
    find: 'this.#nacksReceived += 1;',
    replace: '',
    foundBy: ['nacks-vouch'],
    withinSeeds: 3,
    hunt: 'nacks-vouch',
  },
  {
    name: 'a rumor is not passed on',
    file: 'swim/membership.ts',
    find: 'this.#rumors.spreadAlive(alive);',
    replace: '',
    foundBy: ['rumor-reaches-all'],
    withinSeeds: 3,
    hunt: 'rumor-reaches-all',
  },
  {
    name: 'nobody learns that a deletion was forgotten',
    file: 'kv/shared-lane.ts',
    find: 'map.streams.raiseGcLine(entry.stream, entry.version);',
    replace: '',
    foundBy: ['kv-no-resurrection', 'kv-no-way-back', 'kv-convergence'],
    withinSeeds: 5,
    hunt: 'kv-apart',
  },
  {
    name: 'what may have been deleted and forgotten keeps its stamp',
    file: 'kv/shared-resync.ts',
    find: "{ decision: 'reissue', entry: best }",
    replace: "{ decision: 'keep', entry: best }",
    foundBy: ['kv-no-way-back', 'kv-convergence'],
    withinSeeds: 15,
    hunt: 'kv-apart',
  },
  {
    name: 'entries that were refused count as seen',
    file: 'kv/shared-exchange.ts',
    find: ' && refusals.length === 0;',
    replace: ';',
    foundBy: ['kv-no-resurrection', 'kv-convergence'],
    withinSeeds: 3,
    hunt: 'kv-ahead',
  },
  {
    name: 'what is issued anew is earlier than what was stamped ahead',
    file: 'kv/hybrid-clock.ts',
    find: 'epoch: epoch + 1,',
    replace: 'epoch,',
    foundBy: ['kv-no-way-back', 'kv-convergence'],
    withinSeeds: 3,
    hunt: 'kv-two-clocks',
  },
  {
    name: 'state is sent to members that do not take part',
    file: 'cluster/capability.ts',
    find: 'isCapable = decodeTags(meta)[kvTag] === kvTagValue;',
    replace: 'isCapable = true;',
    foundBy: ['kv-strangers'],
    withinSeeds: 10,
    hunt: 'kv-swarm',
  },
  {
    name: 'state is sent to members that are not alive',
    file: 'kv/engine/courier.ts',
    find: "member?.state === 'alive' && this",
    replace: 'member !== undefined && this',
    foundBy: ['kv-strangers'],
    withinSeeds: 10,
    hunt: 'kv-swarm',
  },
];
