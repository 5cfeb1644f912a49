import type { SwimTraceEvent } from 'hearsay';

/** A member as one node sees it. */
export interface SeenMember {
  readonly state: 'alive' | 'suspect' | 'dead' | 'left';
  readonly incarnation: number;
  readonly meta: string;
}

/** What all nodes see at one moment: observer, then subject. Nodes that are not running see nothing. */
export type Views = ReadonlyMap<string, ReadonlyMap<string, SeenMember>>;

/** When a node heard the rumor, and from whom; `from` is undefined for its origin. */
export interface Hearing {
  readonly node: string;
  readonly atMs: number;
  readonly from: string | undefined;
}

/** The story of one rumor. */
export interface RumorRecord {
  readonly origin: string;
  readonly text: string;
  readonly startedAtMs: number;
  /** In the order of hearing, the origin first. */
  readonly hearings: Hearing[];
}

/** The story of one crash, in the order in which it can happen. */
export interface CrashRecord {
  readonly victim: string;
  readonly crashedAtMs: number;
  /** A ping to the victim that was not answered in time; others were then asked to ping it. */
  firstMiss: { readonly by: string; readonly atMs: number } | undefined;
  /** Who accused the victim on evidence of its own, in the order in which anybody heard of it. */
  readonly accusations: { readonly from: string; readonly atMs: number }[];
  /** When each node first held the victim for suspect. */
  readonly suspectedBy: Map<string, number>;
  /** A node counted a second, independent accuser, which cut its timer short. */
  firstConfirmation: { readonly by: string; readonly from: string; readonly atMs: number } | undefined;
  /** When each node first held the victim for dead. */
  readonly deadFor: Map<string, number>;
  declaredBy: string | undefined;
}

/** The story of one return. */
export interface ComebackRecord {
  readonly node: string;
  readonly startedAtMs: number;
  /** The incarnation the others last knew. */
  readonly incarnationBefore: number;
  incarnationAfter: number;
  /** When each of the others held it for alive again. */
  readonly aliveFor: Map<string, number>;
}

/** The story of a flag that is set. */
export interface FlagRecord {
  readonly origin: string;
  readonly startedAtMs: number;
  /** When each node first showed it, the origin included. */
  readonly shownBy: Map<string, number>;
  /** What its author knows of who has it. */
  receipt: { readonly seenCount: number; readonly missing: readonly string[]; readonly atMs: number } | undefined;
}

/** The story of its deletion, which one node cannot hear of at first. */
export interface DeletionRecord {
  readonly origin: string;
  /** Whom no packet reaches, and who reaches nobody. */
  readonly cutOff: string;
  readonly cutAtMs: number;
  deletedAtMs: number | undefined;
  /** When each node no longer showed it, the origin included. */
  readonly goneFrom: Map<string, number>;
  healedAtMs: number | undefined;
}

/** What one trace event added to the record. */
export type News =
  | { readonly type: 'heard'; readonly hearing: Hearing }
  | { readonly type: 'missed'; readonly by: string; readonly atMs: number }
  | { readonly type: 'suspects'; readonly by: string; readonly from: string; readonly atMs: number }
  | { readonly type: 'confirmed'; readonly by: string; readonly from: string; readonly atMs: number }
  | { readonly type: 'dead'; readonly by: string; readonly from: string; readonly atMs: number }
  | { readonly type: 'alive-again'; readonly by: string; readonly incarnation: number; readonly atMs: number }
  | { readonly type: 'flag-shown'; readonly by: string; readonly atMs: number }
  | { readonly type: 'flag-gone'; readonly by: string; readonly atMs: number }
  | { readonly type: 'flag-back'; readonly by: string; readonly atMs: number }
  | { readonly type: 'false-death'; readonly by: string; readonly node: string; readonly atMs: number };

/**
 * All that was seen during the show. Fed with every node's trace events, it keeps what the pictures and the summary
 * need. It believes only traces: what no node reported did not happen.
 */
export class DemoRecord {
  readonly names: readonly string[];
  readonly startedAtMs: number;
  formedAtMs: number | undefined;
  rumor: RumorRecord | undefined;
  crash: CrashRecord | undefined;
  comeback: ComebackRecord | undefined;
  flag: FlagRecord | undefined;
  deletion: DeletionRecord | undefined;
  /** Nodes that were declared dead although they ran. */
  readonly falseDeaths: { readonly node: string; readonly by: string; readonly atMs: number }[] = [];
  /** Nodes that showed the flag after they had let it go, or first heard of it after it was deleted. */
  readonly resurrections: { readonly node: string; readonly atMs: number }[] = [];
  readonly #running: Set<string> = new Set();

  constructor(names: readonly string[], startedAtMs: number) {
    this.names = names;
    this.startedAtMs = startedAtMs;
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  get runningCount(): number {
    return this.#running.size;
  }

  nodeStarted(name: string): void {
    this.#running.add(name);
  }

  rumorStarted(origin: string, text: string, atMs: number): void {
    this.rumor = { origin, text, startedAtMs: atMs, hearings: [{ node: origin, atMs, from: undefined }] };
  }

  nodeCrashed(victim: string, atMs: number): void {
    this.#running.delete(victim);
    this.crash = {
      victim,
      crashedAtMs: atMs,
      firstMiss: undefined,
      accusations: [],
      suspectedBy: new Map(),
      firstConfirmation: undefined,
      deadFor: new Map(),
      declaredBy: undefined,
    };
  }

  comebackStarted(node: string, incarnationBefore: number, atMs: number): void {
    this.#running.add(node);
    this.comeback = { node, startedAtMs: atMs, incarnationBefore, incarnationAfter: 0, aliveFor: new Map() };
  }

  flagSet(origin: string, atMs: number): void {
    this.flag = { origin, startedAtMs: atMs, shownBy: new Map(), receipt: undefined };
  }

  linkCut(origin: string, cutOff: string, atMs: number): void {
    this.deletion = {
      origin,
      cutOff,
      cutAtMs: atMs,
      deletedAtMs: undefined,
      goneFrom: new Map(),
      healedAtMs: undefined,
    };
  }

  /** Whether the flag is there for that node at this moment. */
  showsFlag(name: string): boolean {
    return this.flag?.shownBy.has(name) === true && this.deletion?.goneFrom.has(name) !== true;
  }

  /** Takes note of what node `by` shows of the flag, and returns what is new about it. */
  receiveFlag(by: string, isSet: boolean, atMs: number): News | undefined {
    const { flag, deletion } = this;
    if (flag === undefined) return undefined;
    if (!isSet) {
      if (deletion === undefined || deletion.goneFrom.has(by)) return undefined;
      deletion.goneFrom.set(by, atMs);
      return { type: 'flag-gone', by, atMs };
    }
    if (deletion?.deletedAtMs !== undefined) {
      this.resurrections.push({ node: by, atMs });
      return { type: 'flag-back', by, atMs };
    }
    if (flag.shownBy.has(by)) return undefined;
    flag.shownBy.set(by, atMs);
    return { type: 'flag-shown', by, atMs };
  }

  /**
   * Takes note of what node `by` reports, and returns what is new about it. `from` is the name behind the address of a
   * rumor's sender, when known.
   */
  receiveTrace(by: string, event: SwimTraceEvent, from: string | undefined): News | undefined {
    const { type, atMs } = event;
    if (type === 'rumor-heard')
      return event.kind === 'alive' ? this.#rumorHeard(by, event.about, atMs, from) : undefined;
    if (type === 'probe-timeout') return this.#pingMissed(by, event.target, atMs);
    if (type === 'suspect') return this.#suspected(by, event.node, event.from, atMs);
    if (type === 'suspicion-confirmed') return this.#confirmed(by, event.node, event.from, atMs);
    if (type === 'dead') return this.#died(by, event);
    if (type === 'alive') return this.#cameAlive(by, event.node, event.incarnation, atMs);
    return undefined;
  }

  #rumorHeard(by: string, about: string, atMs: number, from: string | undefined): News | undefined {
    const { rumor, crash } = this;
    if (rumor === undefined || crash !== undefined || about !== rumor.origin) return undefined;
    if (rumor.hearings.some((hearing) => hearing.node === by)) return undefined;
    const hearing: Hearing = { node: by, atMs, from };
    rumor.hearings.push(hearing);
    return { type: 'heard', hearing };
  }

  #pingMissed(by: string, target: string, atMs: number): News | undefined {
    const crash = this.#crashOf(target);
    if (crash === undefined || crash.firstMiss !== undefined) return undefined;
    crash.firstMiss = { by, atMs };
    return { type: 'missed', by, atMs };
  }

  #suspected(by: string, node: string, from: string, atMs: number): News | undefined {
    const crash = this.#crashOf(node);
    if (crash === undefined) return undefined;
    this.#accused(crash, from, atMs);
    if (crash.suspectedBy.has(by)) return undefined;
    crash.suspectedBy.set(by, atMs);
    return { type: 'suspects', by, from, atMs };
  }

  #confirmed(by: string, node: string, from: string, atMs: number): News | undefined {
    const crash = this.#crashOf(node);
    if (crash === undefined) return undefined;
    this.#accused(crash, from, atMs);
    if (crash.firstConfirmation !== undefined) return undefined;
    crash.firstConfirmation = { by, from, atMs };
    return { type: 'confirmed', by, from, atMs };
  }

  #accused(crash: CrashRecord, from: string, atMs: number): void {
    if (!crash.accusations.some((accusation) => accusation.from === from)) crash.accusations.push({ from, atMs });
  }

  #died(by: string, event: Extract<SwimTraceEvent, { type: 'dead' }>): News | undefined {
    const { node, from, atMs } = event;
    const crash = this.#crashOf(node);
    if (crash === undefined) {
      // A late rumor of the death before the return is old news, not a false one.
      const isOldNews = this.comeback?.node === node && event.incarnation <= this.comeback.incarnationBefore;
      // Who is cut off is as good as dead to the others, and they to it.
      const isCutOff = this.deletion !== undefined && [node, by, from].includes(this.deletion.cutOff);
      if (!this.#running.has(node) || isOldNews || isCutOff) return undefined;
      this.falseDeaths.push({ node, by, atMs });
      return { type: 'false-death', by, node, atMs };
    }
    if (crash.deadFor.has(by)) return undefined;
    crash.deadFor.set(by, atMs);
    crash.declaredBy ??= from;
    return { type: 'dead', by, from, atMs };
  }

  /** The crash that explains bad news of `node`: none while it runs. */
  #crashOf(node: string): CrashRecord | undefined {
    return this.crash?.victim === node && !this.#running.has(node) ? this.crash : undefined;
  }

  #cameAlive(by: string, node: string, incarnation: number, atMs: number): News | undefined {
    const { comeback } = this;
    if (comeback?.node !== node || by === node || incarnation <= comeback.incarnationBefore) return undefined;
    comeback.incarnationAfter = Math.max(comeback.incarnationAfter, incarnation);
    if (comeback.aliveFor.has(by)) return undefined;
    comeback.aliveFor.set(by, atMs);
    return { type: 'alive-again', by, incarnation, atMs };
  }
}

/** How many nodes had heard a rumor after 0, 1, 2 … `lastRound` rounds of `roundMs`. */
export function infectionCurve(rumor: RumorRecord, roundMs: number, lastRound: number): number[] {
  return Array.from({ length: lastRound + 1 }, (_, round) => {
    const endsAfterMs = round * roundMs;
    return rumor.hearings.filter(({ atMs }) => atMs - rumor.startedAtMs <= endsAfterMs).length;
  });
}
