import { kvDefaults } from '../../packages/hearsay/src/kv/config.ts';
import { covers, emptyRow } from '../../packages/hearsay/src/kv/coverage.ts';
import { compareEntries, isSameDot, type SharedEntry } from '../../packages/hearsay/src/kv/entry.ts';
import type { ApplyResult, Rows, SharedDelta, SharedResync } from '../../packages/hearsay/src/kv/messages.ts';
import type { MergeRules } from '../../packages/hearsay/src/kv/rules.ts';
import { SharedLane, type SharedState } from '../../packages/hearsay/src/kv/shared-lane.ts';
import { isBehind } from '../../packages/hearsay/src/kv/stream-table.ts';
import { newGeneration, type StreamOwner } from '../../packages/hearsay/src/kv/stream.ts';
import { ChangeFeed } from '../../packages/hearsay/src/kv/watch.ts';
import { ClusterError, StepClock } from '../../packages/hearsay/src/util/index.ts';
import type { Move, Schedule } from './moves.ts';
import { Operations, type Ghost } from './operations.ts';
import { Wire, type Tamper, type WireMessage, type WirePorts, type WireShape } from './wire.ts';

/** What must never happen. */
export type Violation = 'resurrected' | 'diverged' | 'lost' | 'read backward' | 'never quiet' | 'behind itself';

interface ModelNode extends Ghost {
  readonly name: string;
  readonly index: number;
  lane: SharedLane;
  owner: StreamOwner;
  /** Counts processes: answers belong to one. */
  life: number;
  isUp: boolean;
  side: number;
  /** The greatest entry that this process has shown of each key. */
  shown: Map<string, SharedEntry>;
  disk: (Ghost & { readonly state: SharedState }) | undefined;
}

type WriteKind = 'put' | 'put for a while' | 'delete';

type Message =
  | (Ghost & {
      readonly kind: 'answer';
      readonly from: number;
      readonly to: number;
      readonly life: number;
      readonly answer: SharedDelta | SharedResync;
    })
  | (Ghost & {
      readonly kind: 'rumor';
      readonly from: number;
      readonly entry: SharedEntry;
      readonly owner: StreamOwner;
    })
  | WireMessage;

type Rumor = Extract<Message, { readonly kind: 'rumor' }>;
type Answer = Extract<Message, { readonly kind: 'answer' }>;

/** Exchanges as real sessions, message by message; without, an answer is one message that is never read or written. */
export interface WireOptions {
  readonly shape: WireShape;
  readonly tamper?: Tamper;
}

const config = { ...kvDefaults, sharedWritesBurst: 1_000, sharedWritesPerSecond: 1_000 };
const startMs = 1_750_000_000_000;
const value = new Uint8Array([1]);
const quietRoundsMax = 12;
/** How far ahead a clock may be set. */
const aheadMs = [0, 8_000, 20_000, 40_000] as const;
/** After which no stamp is too far ahead for anybody. */
const untilTakenMs = 60_000;

/** Some nodes with a shared map, a network that does as it likes, and a ghost that watches. */
export class World {
  readonly #schedule: Schedule;
  readonly #rules: MergeRules;
  readonly #clock = new StepClock();
  readonly #nodes: ModelNode[] = [];
  readonly #keys: readonly string[];
  readonly #operations = new Operations();
  readonly #messages: Message[] = [];
  readonly #wire: Wire | undefined;
  /** Of who has made an answer in a session, when it did. */
  readonly #ghostOfAnswer = new Map<string, Ghost>();
  #wallMs: number = startMs;
  readonly #skewMs: number[];
  #bootCount: number = 0;
  #lastRumor: Rumor | undefined;
  /** What both sides of a resync covered, and knew to be dead, before it. */
  #resyncing: readonly { readonly rows: Rows; readonly dead: number }[] = [];
  #isRevived: boolean = false;

  constructor(schedule: Schedule, rules: MergeRules, wire?: WireOptions) {
    this.#schedule = schedule;
    this.#rules = rules;
    this.#skewMs = [...schedule.skewMs];
    this.#keys = ['x', 'y'].slice(0, schedule.keyCount);
    this.#wire = wire && new Wire(this.#ports(), wire.shape, wire.tamper);
    for (let index = 0; index < schedule.nodeCount; index += 1) {
      const owner = { node: `n${index}`, generation: this.#nextGeneration() };
      const lane = this.#newLane(index, owner);
      const node = { name: owner.node, index, lane, owner, life: 0, isUp: true, side: 0 };
      this.#nodes.push({ ...node, seen: 0, dead: 0, shown: new Map(), disk: undefined });
      this.#wire?.open(index, lane);
    }
  }

  /** Plays all moves, then lets the nodes exchange until all is quiet. The first thing that must not be, if any. */
  run(): Violation | undefined {
    let violation: Violation | undefined;
    for (const move of this.#schedule.moves) {
      violation = this.#play(move);
      if (violation !== undefined) break;
    }
    violation ??= this.#settle();
    // More writes than the ghost can tell apart.
    return this.#operations.isOverfull ? undefined : violation;
  }

  #play({ kind, a, b, c }: Move): Violation | undefined {
    this.#pass(1);
    const node = this.#nodes[a % this.#nodes.length]!;
    const other = this.#nodes[b % this.#nodes.length]!;
    const key = this.#keys[c % this.#keys.length]!;
    switch (kind) {
      case 'put':
      case 'put for a while':
      case 'delete':
        return node.isUp ? this.#write(node, key, kind) : undefined;
      case 'collect':
        if (node.isUp) node.lane.dropTombstone(key);
        return undefined;
      case 'ask':
        if (!this.#canReach(node, other)) return undefined;
        if (this.#wire !== undefined) return this.#converse(node, other, c % 16);
        this.#messages.push(this.#ask(node, other, c % 2 === 1 ? 1 : Infinity));
        return undefined;
      case 'sync':
        return this.#canReach(node, other) ? this.#sync(node, other) : undefined;
      case 'deliver':
        return this.#deliver(a, b, c);
      case 'lose':
        if (this.#messages.length > 0) this.#messages.splice(a % this.#messages.length, 1);
        return undefined;
      case 'rumor':
        return this.#lastRumor !== undefined && this.#canReach(node, this.#nodes[this.#lastRumor.from]!)
          ? this.#receive(this.#lastRumor, node)
          : undefined;
      case 'partition':
        for (const { index } of this.#nodes) this.#nodes[index]!.side = (c >>> index) & 1;
        return undefined;
      case 'heal':
        for (const each of this.#nodes) each.side = 0;
        return undefined;
      case 'save':
        if (node.isUp) node.disk = { state: node.lane.save(), seen: node.seen, dead: node.dead };
        return undefined;
      case 'crash':
        // One stays, else there is nothing to look at.
        if (this.#nodes.filter(({ isUp }) => isUp).length > 1) {
          node.isUp = false;
          this.#wire?.close(node.index);
        }
        return undefined;
      case 'restart':
        return this.#restart(node, c % 3);
      case 'adopt':
        return node.isUp ? this.#adopt(node, other) : undefined;
      case 'wait':
        this.#pass(3_000);
        return undefined;
      case 'expire':
        if (node.isUp) node.lane.expire();
        return undefined;
      case 'set clock':
        this.#setClock(node, aheadMs[c % aheadMs.length]!);
        return undefined;
      case 'reissue':
        if (c % 2 === 0) this.#setClock(node, 0);
        return node.isUp ? this.#reissueAhead(node) : undefined;
    }
  }

  #pass(ms: number): void {
    this.#wallMs += ms;
    this.#clock.advanceTo(this.#clock.nowMs + ms);
    this.#wire?.pass();
  }

  #write(node: ModelNode, key: string, kind: WriteKind): Violation | undefined {
    if (this.#operations.isFull) return undefined;
    const current = node.lane.get(key);
    const entry = tryWrite(node.lane, key, kind);
    if (entry === undefined) return undefined;
    const { bit: seen, replaced: dead } = this.#operations.register(entry, current);
    this.#learn(node, { seen, dead });
    this.#lastRumor = { kind: 'rumor', from: node.index, entry, owner: node.owner, seen, dead };
    this.#messages.push(this.#lastRumor);
    return this.#look(node);
  }

  /**
   * R4: a write that the other side may have deleted and forgotten is a write of its own, and reported as such. It can
   * be concurrent with a deletion of the first one. But a side that has seen it, and then what replaced it, must know
   * that it is dead.
   */
  #reissued(node: ModelNode, from: SharedEntry, entry: SharedEntry): void {
    const { bit: old } = this.#operations.of(from);
    this.#isRevived ||= this.#resyncing.some(
      ({ rows, dead }) => (dead & old) !== 0 && covers(rows.get(from.stream) ?? emptyRow, from.version),
    );
    const { bit, replaced } = this.#operations.register(entry, from);
    this.#learn(node, { seen: bit, dead: replaced });
  }

  #setClock({ index }: ModelNode, ahead: number): void {
    this.#skewMs[index] = this.#schedule.skewMs[index]! + ahead;
  }

  /** What a clock that was ahead has stamped is replaced by writes that have seen it. */
  #reissueAhead(node: ModelNode): Violation | undefined {
    const before = new Map(this.#keys.map((key) => [key, node.lane.latest(key)]));
    for (const entry of node.lane.reissueAhead()) {
      const { bit, replaced } = this.#operations.register(entry, before.get(entry.key));
      this.#learn(node, { seen: bit, dead: replaced });
      this.#lastRumor = { kind: 'rumor', from: node.index, entry, owner: node.owner, seen: bit, dead: replaced };
      this.#messages.push(this.#lastRumor);
    }
    return this.#look(node);
  }

  #ask(node: ModelNode, other: ModelNode, budgetBytes: number): Answer {
    const answer = other.lane.deltaFor(node.lane.digest(), budgetBytes);
    const { seen, dead } = other;
    return { kind: 'answer', from: other.index, to: node.index, life: node.life, answer, seen, dead };
  }

  /** A whole exchange at once: what `node` lacks, and on the wire what `other` lacks too. */
  #sync(node: ModelNode, other: ModelNode): Violation | undefined {
    return this.#wire === undefined
      ? this.#receive(this.#ask(node, other, Infinity), node)
      : this.#converse(node, other, Infinity);
  }

  /** Begins a session and delivers the first of its messages, in order; the others wait. */
  #converse(node: ModelNode, other: ModelNode, messageCount: number): Violation | undefined {
    const before = this.#messages.length;
    this.#wire!.begin(node.index, other.index);
    const first = this.#messages[before];
    return first?.kind === 'wire' ? this.#follow(first.session, messageCount) : undefined;
  }

  #follow(session: number, messageCount: number): Violation | undefined {
    for (let count = 0; count < messageCount; count += 1) {
      const index = this.#messages.findIndex((message) => message.kind === 'wire' && message.session === session);
      if (index < 0) return undefined;
      const violation = this.#deliverAt(index, 0, false);
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  /** Message `which` of those that wait; on the wire, some of those that follow it too. */
  #deliver(which: number, to: number, how: number): Violation | undefined {
    if (this.#messages.length === 0) return undefined;
    const index = which % this.#messages.length;
    const message = this.#messages[index]!;
    const violation = this.#deliverAt(index, to, how % 2 === 1);
    if (violation !== undefined || message.kind !== 'wire') return violation;
    return this.#follow(message.session, (how >>> 1) % 8);
  }

  #deliverAt(index: number, to: number, staysForAnother: boolean): Violation | undefined {
    const message = this.#messages[index]!;
    const node = this.#nodes[message.kind === 'rumor' ? to % this.#nodes.length : message.to]!;
    if (!staysForAnother) this.#messages.splice(index, 1);
    // Packets that are on their way when a partition begins arrive or not, as others.
    return node.isUp ? this.#receive(message, node) : undefined;
  }

  #receive(message: Message, node: ModelNode): Violation | undefined {
    switch (message.kind) {
      case 'rumor':
        if (node.lane.applyRumor(message.entry, message.owner) === 'merged') this.#learn(node, message);
        return this.#look(node);
      case 'answer':
        if (message.life !== node.life && this.#rules.answersBind) return undefined;
        this.#apply(message.answer, node, this.#nodes[message.from]!.name, message);
        return this.#look(node);
      case 'wire':
        this.#wire!.receive(message);
        return this.#look(node);
    }
  }

  #ports(): WirePorts {
    return {
      clock: this.#clock,
      nameOf: (index) => `n${index}`,
      onSent: (message) => {
        if (this.#canReach(this.#nodes[message.from]!, this.#nodes[message.to]!)) this.#messages.push(message);
      },
      onAnswer: (index, session) => {
        const { seen, dead } = this.#nodes[index]!;
        this.#ghostOfAnswer.set(`${session}/${index}`, { seen, dead });
      },
      apply: (index, from, session, answer) =>
        this.#apply(answer, this.#nodes[index]!, `n${from}`, this.#ghostOfAnswer.get(`${session}/${from}`)!),
    };
  }

  #apply(answer: SharedDelta | SharedResync, node: ModelNode, from: string, ghost: Ghost): ApplyResult {
    this.#resyncing = [
      { rows: answer.rows, dead: ghost.dead },
      { rows: node.lane.digest().rows, dead: node.dead },
    ];
    const result = answer.kind === 'delta' ? node.lane.applyDelta(answer) : node.lane.applyResync(answer, from);
    if (result.outcome === 'committed') this.#learn(node, ghost);
    if (result.outcome === 'merged') {
      const isRefused = (entry: SharedEntry): boolean => result.refusals.some((refusal) => isSameDot(refusal, entry));
      for (const entry of answer.entries) if (!isRefused(entry)) this.#learnEntry(node, entry);
    }
    return result;
  }

  #learn(node: ModelNode, { seen, dead }: Ghost): void {
    node.seen |= seen;
    node.dead |= dead;
  }

  /** Of an answer that is not whole, only what has arrived has had its effect. */
  #learnEntry(node: ModelNode, entry: SharedEntry): void {
    const { bit, replaced } = this.#operations.of(entry);
    this.#learn(node, { seen: bit, dead: replaced });
  }

  #restart(node: ModelNode, how: number): Violation | undefined {
    if (!node.isUp) return undefined;
    const isClean = how === 2;
    const disk = isClean
      ? { state: node.lane.save(), seen: node.seen, dead: node.dead }
      : how === 1
        ? node.disk
        : undefined;
    if (!isClean) node.owner = { node: node.name, generation: this.#nextGeneration() };
    node.lane = this.#newLane(node.index, node.owner, disk?.state);
    node.life += 1;
    this.#wire?.open(node.index, node.lane);
    node.seen = disk?.seen ?? 0;
    node.dead = disk?.dead ?? 0;
    node.shown = new Map();
    return this.#look(node);
  }

  #adopt(node: ModelNode, other: ModelNode): Violation | undefined {
    const dead = [...node.lane.streams()].filter(
      ({ owner }) => owner?.node === other.name && (!other.isUp || owner.generation !== other.owner.generation),
    );
    for (const { key } of dead) node.lane.adopt(key);
    return this.#look(node);
  }

  /** Everything that is shown at the node, after something has happened to it. */
  #look(node: ModelNode): Violation | undefined {
    if (this.#isRevived) return 'resurrected';
    for (const key of this.#keys) {
      const entry = node.lane.get(key);
      if (entry === undefined) continue;
      if ((this.#operations.of(entry).bit & node.dead) !== 0) return 'resurrected';
      const before = node.shown.get(key);
      if (before !== undefined && compareEntries(entry, before) < 0) return 'read backward';
      node.shown.set(key, entry);
    }
    return undefined;
  }

  /** Only whole exchanges from now on, with all clocks far enough on, until nothing changes. */
  #settle(): Violation | undefined {
    for (const node of this.#nodes) this.#setClock(node, 0);
    this.#pass(untilTakenMs);
    this.#messages.length = 0;
    for (const node of this.#nodes) node.side = 0;
    const live = this.#nodes.filter(({ isUp }) => isUp);
    for (let round = 0; round < quietRoundsMax; round += 1) {
      for (const { lane } of live) lane.expire();
      let isQuiet = true;
      for (const node of live) {
        for (const other of live) {
          // A session gives to both sides.
          if (node === other || (this.#wire !== undefined && node.index > other.index)) continue;
          const before = [node.lane.digest().rows, other.lane.digest().rows];
          const violation = this.#sync(node, other);
          if (violation !== undefined) return violation;
          if (node.lane.digest().rows !== before[0] || other.lane.digest().rows !== before[1]) isQuiet = false;
        }
      }
      if (isQuiet) return this.#compare(live);
    }
    return 'never quiet';
  }

  #compare(live: readonly ModelNode[]): Violation | undefined {
    // A gc line above the prefix would make all of them resync from each other for ever.
    for (const { lane } of live) if (isBehind(lane.digest().rows, lane.digest().rows)) return 'behind itself';
    for (const key of this.#keys) {
      const [first, ...others] = live.map(({ lane }) => lane.get(key));
      for (const other of others) {
        const isSame = first === undefined || other === undefined ? first === other : isSameDot(first, other);
        if (!isSame) return 'diverged';
      }
    }
    const seen = live.reduce((bits, node) => bits | node.seen, 0);
    const dead = live.reduce((bits, node) => bits | node.dead, 0);
    return this.#operations.isAnyLost({ seen, dead }, (key) => live[0]!.lane.get(key)) ? 'lost' : undefined;
  }

  #canReach(node: ModelNode, other: ModelNode): boolean {
    return node !== other && node.isUp && other.isUp && node.side === other.side;
  }

  #newLane(index: number, own: StreamOwner, saved?: SharedState): SharedLane {
    return new SharedLane({
      own,
      config,
      clock: this.#clock,
      wallMs: () => this.#wallMs + this.#skewMs[index]!,
      feed: new ChangeFeed(),
      emit: (event) => {
        if (event.type === 'reissued') this.#reissued(this.#nodes[index]!, event.from, event.entry);
      },
      rules: this.#rules,
      extrasMax: this.#schedule.extrasMax,
      ...(saved !== undefined && { saved }),
    });
  }

  #nextGeneration(): string {
    this.#bootCount += 1;
    return newGeneration(startMs + this.#bootCount, 0);
  }
}

/** Undefined when the node's clock is too far behind the others'. */
function tryWrite(lane: SharedLane, key: string, kind: WriteKind): SharedEntry | undefined {
  try {
    if (kind === 'delete') return lane.delete(key);
    return lane.put(key, value, { touch: true, ttlMs: kind === 'put' ? 0 : 4_000 });
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'ERR_KV_CLOCK_AHEAD') return undefined;
    throw error;
  }
}
