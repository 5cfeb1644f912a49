import { inquiryTopics, type Inquiries } from '../../inquiry/index.ts';
import type { Member, StreamOutcome, Swim } from '../../swim/index.ts';
import { randomInt, type Rng, type StepClock } from '../../util/index.ts';
import type { CaseFile, WhyMissingReason } from './case-file.ts';
import { decodeQuestion, decodeTestimony, encodeWhy } from './codec.ts';
import { episodeAt, episodesOf, type Episode } from './episode.ts';
import { toReport, type WhyReport } from './report.ts';
import { testify, type Testimony, type WhyQuestion } from './testimony.ts';

/** What a {@link WhyDesk} is made of. */
export interface WhyDeskParts {
  readonly swim: Swim;
  readonly clock: StepClock;
  readonly rng: Rng;
  /** Undefined when this node cannot ask others. */
  readonly inquiries: Inquiries | undefined;
  readonly isCapable: (member: Member) => boolean;
  /** How long a probe waits for those that it asked for help. */
  readonly helperWaitMs: number;
}

/** How far {@link ClusterNode.why} looks. */
export interface WhyOptions {
  /** How long ago it happened, in milliseconds. @defaultValue the latest trouble that is remembered */
  readonly agoMs?: number;
  /** How long others have to answer, in milliseconds; at most 60,000. @defaultValue 3000 */
  readonly timeoutMs?: number;
}

/** One question to this desk, while it waits for others. */
interface OpenCase {
  readonly node: string;
  /** When it happened; undefined for the latest. */
  readonly aboutAtMs: number | undefined;
  readonly timeoutMs: number;
  readonly testimonies: Map<string, Testimony>;
  readonly missing: Map<string, WhyMissingReason>;
  readonly onDone: (report: WhyReport) => void;
  pingNow: StreamOutcome | undefined;
  /** Inquiries and pings under way. */
  waitCount: number;
  round: number;
}

const defaultTimeoutMs = 3_000;
/** Accusers that are asked, the first ones; and others by chance, who may have seen something too. Chosen. */
const accusersMax = 8;
const bystandersMax = 16;
/** What is asked for lies at most so long before and after the trouble. */
const marginMs = 60_000;

/** Finds out why a member was accused or went: asks whoever may know, and answers others who ask. */
export class WhyDesk {
  readonly #parts: WhyDeskParts;

  constructor(parts: WhyDeskParts) {
    this.#parts = parts;
    const { swim, clock, inquiries } = parts;
    inquiries?.handle(inquiryTopics.why, (payload) => {
      const question = decodeQuestion(payload, clock.nowMs);
      if (question === undefined) return noAnswer;
      return encodeWhy(testify(swim, clock.nowMs, question), clock.nowMs);
    });
  }

  /** `onDone` hears the report in a later step, after `timeoutMs` and a little at the latest. */
  open(node: string, options: WhyOptions, onDone: (report: WhyReport) => void): void {
    const { agoMs, timeoutMs = defaultTimeoutMs } = options;
    const { nowMs } = this.#parts.clock;
    const open: OpenCase = {
      node,
      aboutAtMs: agoMs === undefined ? undefined : nowMs - agoMs,
      timeoutMs: timeoutMs / roundsMax,
      testimonies: new Map(),
      missing: new Map(),
      onDone,
      pingNow: undefined,
      waitCount: 0,
      round: 0,
    };
    this.#ask(open, []);
  }

  /** One round: what this node knows itself, and whoever may know more. */
  #ask(open: OpenCase, knownAccusers: readonly string[]): void {
    const { swim, inquiries, clock } = this.#parts;
    open.round += 1;
    // A timer of its own for each, so that none is over before all are counted.
    open.waitCount += 1;
    const own = testify(swim, clock.nowMs, this.#question(open, knownAccusers));
    open.testimonies.set(own.witness, own);
    const accusers = this.#accusers(open, this.#episode(open));
    open.testimonies.set(own.witness, testify(swim, clock.nowMs, this.#question(open, accusers)));
    const names = this.#namesToAsk(open, accusers);
    if (open.round === 1) this.#pingNow(open);
    if (inquiries === undefined || names.length === 0) {
      if (names.length > 0) for (const name of names) open.missing.set(name, this.#reason(name));
      return this.#settle(open, accusers);
    }
    inquiries.ask(
      inquiryTopics.why,
      encodeWhy(this.#question(open, accusers), clock.nowMs),
      { to: names, timeoutMs: open.timeoutMs },
      (name, payload) => {
        const testimony = decodeTestimony(payload, clock.nowMs);
        if (testimony !== undefined) open.testimonies.set(name, { ...testimony, witness: name });
      },
      () => {
        for (const name of names) {
          if (!open.testimonies.has(name)) open.missing.set(name, this.#reason(name));
          else open.missing.delete(name);
        }
        this.#settle(open, accusers);
      },
    );
  }

  /** A connection to the accused tells now whether its machine, its process and the way there are in order. */
  #pingNow(open: OpenCase): void {
    const { swim, clock } = this.#parts;
    const member = swim.members.get(open.node);
    if (member?.address === undefined || swim.members.isSelf(member)) return;
    open.waitCount += 1;
    swim.pingNow(member, clock.nowMs + open.timeoutMs, (outcome) => {
      if (outcome !== 'untried') open.pingNow = outcome;
      this.#settle(open, undefined);
    });
  }

  /** One of the things waited for is over. `asked` are the accusers that a round knew. */
  #settle(open: OpenCase, asked: readonly string[] | undefined): void {
    if (asked !== undefined && open.round < roundsMax) {
      const accusers = this.#accusers(open, this.#episode(open));
      if (accusers.some((name) => !asked.includes(name))) this.#ask(open, accusers);
    }
    open.waitCount -= 1;
    if (open.waitCount === 0) open.onDone(toReport(this.#caseFile(open)));
  }

  #caseFile(open: OpenCase): CaseFile {
    const { swim, clock } = this.#parts;
    const { node, pingNow } = open;
    return {
      node,
      nowMs: clock.nowMs,
      state: swim.members.get(node)?.state,
      helperWaitMs: this.#parts.helperWaitMs,
      episode: this.#episode(open),
      witnesses: [...open.testimonies.values()].filter(({ witness }) => witness !== node),
      accused: open.testimonies.get(node),
      pingNow,
      missing: [...open.missing].map(([name, reason]) => ({ name, reason })),
    };
  }

  #episode(open: OpenCase): Episode | undefined {
    const records = [...open.testimonies.values()].flatMap((testimony) => testimony.records);
    return episodeAt(episodesOf(records), open.aboutAtMs);
  }

  /** Those of the episode, and whom this node has answered itself when it is the accused. */
  #accusers(open: OpenCase, episode: Episode | undefined): string[] {
    const named = [...open.testimonies.values()].flatMap(({ witness, own }) =>
      witness !== open.node ? [] : own.flatMap((record) => (record.kind === 'refutation' ? [record.accuser] : [])),
    );
    const all = [...(episode?.accusers ?? []), ...named].filter((name) => name !== '' && name !== open.node);
    return [...new Set(all)].slice(0, accusersMax);
  }

  #question(open: OpenCase, accusers: readonly string[]): WhyQuestion {
    const { nowMs } = this.#parts.clock;
    const episode = this.#episode(open);
    if (episode !== undefined) {
      const { startedAtMs, endedAtMs = nowMs } = episode;
      const span = { fromAtMs: startedAtMs - marginMs, toAtMs: endedAtMs + marginMs };
      return { node: open.node, accusers, startedAtMs, ...span };
    }
    const toAtMs = (open.aboutAtMs ?? nowMs) + marginMs;
    return { node: open.node, accusers, fromAtMs: -Infinity, toAtMs, startedAtMs: -Infinity };
  }

  /** The accused, its accusers, and others by chance. Not this node, and nobody who has answered well enough. */
  #namesToAsk(open: OpenCase, accusers: readonly string[]): string[] {
    const { swim } = this.#parts;
    const bystanders = open.round === 1 ? this.#bystanders() : [...open.testimonies.keys()];
    const accused = swim.members.get(open.node) === undefined ? [] : [open.node];
    const all = new Set([...accused, ...accusers, ...bystanders]);
    all.delete(swim.self.name);
    return [...all];
  }

  #bystanders(): string[] {
    const { swim, rng, isCapable } = this.#parts;
    const able = swim.members.members.filter((member) => !member.isDeadOrLeft && isCapable(member));
    const chosen: string[] = [];
    while (chosen.length < bystandersMax && able.length > 0) {
      const [member] = able.splice(randomInt(rng, able.length), 1);
      chosen.push(member!.name);
    }
    return chosen;
  }

  #reason(name: string): WhyMissingReason {
    const { swim, isCapable } = this.#parts;
    const member = swim.members.get(name);
    if (member === undefined) return 'unknown';
    if (!isCapable(member)) return 'stock';
    if (member.state === 'dead') return 'dead';
    if (member.state === 'left') return 'left';
    return 'no answer';
  }
}

/** Asking twice is enough: the second time with the accusers that the first answers named. */
const roundsMax = 2;
const noAnswer = new Uint8Array(0);
