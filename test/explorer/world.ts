import { kvDefaults } from '../../packages/hearsay/src/kv/config.ts';
import { covers, emptyRow } from '../../packages/hearsay/src/kv/coverage.ts';
import { compareEntries, isSameDot, type SharedEntry } from '../../packages/hearsay/src/kv/entry.ts';
import type { ApplyResult, Rows, SharedDelta, SharedResync } from '../../packages/hearsay/src/kv/messages.ts';
import type { MergeRules } from '../../packages/hearsay/src/kv/rules.ts';
import { SharedLane, type SharedState } from '../../packages/hearsay/src/kv/shared-lane.ts';
import { newGeneration, type StreamOwner } from '../../packages/hearsay/src/kv/stream.ts';
import { ChangeFeed } from '../../packages/hearsay/src/kv/watch.ts';
import { ClusterError, StepClock } from '../../packages/hearsay/src/util/index.ts';
import type { Move, Schedule } from './moves.ts';

/** What must never happen. */
export type Violation = 'resurrected' | 'diverged' | 'lost' | 'read backward' | 'never quiet';

/** A write that somebody made, whatever copies there are of it. Sets of writes are bits of a number. */
interface Operation {
  readonly bit: number;
  readonly key: string;
  readonly entry: SharedEntry;
  /** What its author saw and replaced, and all that this had replaced. */
  readonly replaced: number;
}

/** What the ghost in the explorer knows of a node: which operations have had their effect on it. */
interface Ghost {
  seen: number;
  /** What those have replaced: it must never be shown again. */
  dead: number;
}

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
    });

const config = { ...kvDefaults, sharedWritesBurst: 1_000, sharedWritesPerSecond: 1_000 };
const startMs = 1_750_000_000_000;
const value = new Uint8Array([1]);
/** Bits of a number; the last ones are for writes that nodes issue again. */
const operationsMax = 31;
const writesMax = 20;
const quietRoundsMax = 12;

/** Some nodes with a shared map, a network that does as it likes, and a ghost that watches. */
export class World {
  readonly #schedule: Schedule;
  readonly #rules: MergeRules;
  readonly #clock = new StepClock();
  readonly #nodes: ModelNode[] = [];
  readonly #keys: readonly string[];
  readonly #operations: Operation[] = [];
  readonly #operationOf = new Map<string, Operation>();
  readonly #messages: Message[] = [];
  /** What was made of a key, copies included: to tell whether a lost write was beaten. */
  readonly #made: SharedEntry[] = [];
  #wallMs: number = startMs;
  #bootCount: number = 0;
  #lastRumor: Message | undefined;
  /** What both sides of a resync covered, and knew to be dead, before it. */
  #resyncing: readonly { readonly rows: Rows; readonly dead: number }[] = [];
  #isRevived: boolean = false;

  constructor(schedule: Schedule, rules: MergeRules) {
    this.#schedule = schedule;
    this.#rules = rules;
    this.#keys = ['x', 'y'].slice(0, schedule.keyCount);
    for (let index = 0; index < schedule.nodeCount; index += 1) {
      const owner = { node: `n${index}`, generation: this.#nextGeneration() };
      const lane = this.#newLane(index, owner);
      const node = { name: owner.node, index, lane, owner, life: 0, isUp: true, side: 0 };
      this.#nodes.push({ ...node, seen: 0, dead: 0, shown: new Map(), disk: undefined });
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
    return this.#operations.length > operationsMax ? undefined : violation;
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
        if (this.#canReach(node, other)) this.#messages.push(this.#ask(node, other, c % 2 === 1 ? 1 : Infinity));
        return undefined;
      case 'sync':
        return this.#canReach(node, other) ? this.#receive(this.#ask(node, other, Infinity), node) : undefined;
      case 'deliver':
        return this.#deliver(a, b, c % 2 === 1);
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
        if (this.#nodes.filter(({ isUp }) => isUp).length > 1) node.isUp = false;
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
    }
  }

  #pass(ms: number): void {
    this.#wallMs += ms;
    this.#clock.advanceTo(this.#clock.nowMs + ms);
  }

  #write(node: ModelNode, key: string, kind: WriteKind): Violation | undefined {
    if (this.#operations.length >= writesMax) return undefined;
    const current = this.#entryAt(node, key);
    const entry = tryWrite(node.lane, key, kind);
    if (entry === undefined) return undefined;
    const operation = this.#register(entry, current);
    const { replaced } = operation;
    this.#learn(node, { seen: operation.bit, dead: replaced });
    this.#lastRumor = {
      kind: 'rumor',
      from: node.index,
      entry,
      owner: node.owner,
      seen: operation.bit,
      dead: replaced,
    };
    this.#messages.push(this.#lastRumor);
    return this.#look(node);
  }

  #register(entry: SharedEntry, replacedEntry: SharedEntry | undefined): Operation {
    const before = replacedEntry === undefined ? undefined : this.#operation(replacedEntry);
    const replaced = before === undefined ? 0 : before.bit | before.replaced;
    const operation = { bit: 1 << this.#operations.length, key: entry.key, entry, replaced };
    this.#operations.push(operation);
    this.#operationOf.set(dotText(entry), operation);
    this.#made.push(entry);
    return operation;
  }

  /**
   * R4: a write that the other side may have deleted and forgotten is a write of its own, and reported as such. It can
   * be concurrent with a deletion of the first one. But a side that has seen it, and then what replaced it, must know
   * that it is dead.
   */
  #reissued(node: ModelNode, from: SharedEntry, entry: SharedEntry): void {
    const { bit: old } = this.#operation(from);
    this.#isRevived ||= this.#resyncing.some(
      ({ rows, dead }) => (dead & old) !== 0 && covers(rows.get(from.stream) ?? emptyRow, from.version),
    );
    const { bit, replaced } = this.#register(entry, from);
    this.#learn(node, { seen: bit, dead: replaced });
  }

  #ask(node: ModelNode, other: ModelNode, budgetBytes: number): Message {
    const answer = other.lane.deltaFor(node.lane.digest(), budgetBytes);
    const { seen, dead } = other;
    return { kind: 'answer', from: other.index, to: node.index, life: node.life, answer, seen, dead };
  }

  #deliver(which: number, to: number, staysForAnother: boolean): Violation | undefined {
    if (this.#messages.length === 0) return undefined;
    const index = which % this.#messages.length;
    const message = this.#messages[index]!;
    const node = this.#nodes[message.kind === 'answer' ? message.to : to % this.#nodes.length]!;
    if (!staysForAnother) this.#messages.splice(index, 1);
    // Packets that are on their way when a partition begins arrive or not, as others.
    return node.isUp ? this.#receive(message, node) : undefined;
  }

  #receive(message: Message, node: ModelNode): Violation | undefined {
    if (message.kind === 'rumor') {
      if (node.lane.applyRumor(message.entry, message.owner) === 'merged') this.#learn(node, message);
      return this.#look(node);
    }
    if (message.life !== node.life && this.#rules.answersBind) return undefined;
    this.#apply(message.answer, node, this.#nodes[message.from]!.name, message);
    return this.#look(node);
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
    const { bit, replaced } = this.#operation(entry);
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
      if ((this.#operation(entry).bit & node.dead) !== 0) return 'resurrected';
      const before = node.shown.get(key);
      if (before !== undefined && compareEntries(entry, before) < 0) return 'read backward';
      node.shown.set(key, entry);
    }
    return undefined;
  }

  /** Only whole exchanges from now on, with all clocks far enough on, until nothing changes. */
  #settle(): Violation | undefined {
    this.#pass(20_000);
    const live = this.#nodes.filter(({ isUp }) => isUp);
    for (let round = 0; round < quietRoundsMax; round += 1) {
      for (const { lane } of live) lane.expire();
      let isQuiet = true;
      for (const node of live) {
        for (const other of live) {
          if (node === other) continue;
          const before = node.lane.digest().rows;
          const message = this.#ask(node, other, Infinity);
          const violation = this.#receive(message, node);
          if (violation !== undefined) return violation;
          if (node.lane.digest().rows !== before) isQuiet = false;
        }
      }
      if (isQuiet) return this.#compare(live);
    }
    return 'never quiet';
  }

  #compare(live: readonly ModelNode[]): Violation | undefined {
    for (const key of this.#keys) {
      const [first, ...others] = live.map(({ lane }) => lane.get(key));
      for (const other of others) {
        const isSame = first === undefined || other === undefined ? first === other : isSameDot(first, other);
        if (!isSame) return 'diverged';
      }
    }
    return this.#findLost(live) ? 'lost' : undefined;
  }

  /** Whether a write that a live node has had is neither shown, nor replaced by one who saw it, nor beaten. */
  #findLost(live: readonly ModelNode[]): boolean {
    const seen = live.reduce((bits, node) => bits | node.seen, 0);
    const dead = live.reduce((bits, node) => bits | node.dead, 0);
    return this.#operations.some(({ bit, key, entry }) => {
      if (entry.kind === 'del' || entry.ttlMs > 0 || (seen & bit) === 0 || (dead & bit) !== 0) return false;
      const shown = live[0]!.lane.get(key);
      if (shown !== undefined && (this.#operation(shown).bit === bit || compareEntries(shown, entry) > 0)) return false;
      return !this.#made.some(
        (made) =>
          made.key === key &&
          (this.#operation(made).bit & seen) !== 0 &&
          made !== entry &&
          compareEntries(made, entry) > 0 &&
          this.#operation(made).bit !== bit,
      );
    });
  }

  #operation(entry: SharedEntry): Operation {
    const known = this.#operationOf.get(dotText(entry));
    if (known !== undefined) return known;
    // Taken over from a dead stream: the parent is the original or another copy.
    const { parent } = entry;
    const original = parent === undefined ? undefined : this.#operationOf.get(`${parent.stream}/${parent.version}`);
    if (original === undefined) throw new Error('a copy of something that nobody wrote');
    this.#operationOf.set(dotText(entry), original);
    this.#made.push(entry);
    return original;
  }

  #entryAt(node: ModelNode, key: string): SharedEntry | undefined {
    return node.lane.get(key);
  }

  #canReach(node: ModelNode, other: ModelNode): boolean {
    return node !== other && node.isUp && other.isUp && node.side === other.side;
  }

  #newLane(index: number, own: StreamOwner, saved?: SharedState): SharedLane {
    return new SharedLane({
      own,
      config,
      clock: this.#clock,
      wallMs: () => this.#wallMs + this.#schedule.skewMs[index]!,
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

function dotText({ stream, version }: SharedEntry): string {
  return `${stream}/${version}`;
}
