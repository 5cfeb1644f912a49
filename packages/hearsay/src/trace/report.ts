import type { HeardVia } from './rumor-log.ts';

/** Why somebody heard of a rumor late, or has not heard of it yet. */
export type LateCause =
  /** It got no time itself, or the one who told it did not. */
  | 'stall'
  /** The one who told it had so much to pass on that the rumor had to wait. */
  | 'queue'
  /** The one who told it had used up the bytes that it may send in a second. */
  | 'budget'
  /** Packets to it were lost. */
  | 'loss'
  /** It has joined since the rumor was born. */
  | 'joined-later'
  /** The chain leads to a member that cannot tell when it had heard. */
  | 'hole'
  /** Nothing speaks for anything else: chance has passed it over. */
  | 'chance';

/** Why one was late. */
export interface LateReason {
  readonly cause: LateCause;
  /** Where the cause is, which need not be who was late. */
  readonly at: string;
  /** In one sentence. */
  readonly text: string;
}

/** A member that has heard of the rumor. All times are reckoned on the clock of the one who asked. */
export interface TraceHearer {
  readonly name: string;
  /** How long after the rumor was born, in milliseconds. */
  readonly afterMs: number;
  /** By how much that may be wrong: half of the round trip in which it was told. */
  readonly errorMs: number;
  /** In which round: in how many gossip intervals, rounded up. 0 for the one who sent it. */
  readonly round: number;
  readonly via: HeardVia;
  /** From whom; undefined for the one who sent it, and where that is not known. */
  readonly from: string | undefined;
  /** How many told it on before it came here; undefined where the chain has a hole. */
  readonly hop: number | undefined;
  /** What is not known of the chain, in words; undefined when all is. */
  readonly hole: string | undefined;
  /** How many copies came with gossip. */
  readonly copyCount: number;
  /** Messages that waited there to be passed on when it came. */
  readonly queuedCount: number;
  /** How long it waited there before it was passed on, in milliseconds; undefined: it was not yet. */
  readonly waitedMs: number | undefined;
  /** How often it was passed on. */
  readonly sendCount: number;
  /** Undefined unless it heard later than theory lets expect. */
  readonly late: LateReason | undefined;
}

/** Why nothing is known of a member. `stock`: it is no member of ours. `forgotten`: it heard too much since. */
export type TraceMissingReason = 'stock' | 'dead' | 'left' | 'no answer' | 'forgotten';

/** One gossip interval. */
export interface TraceRound {
  readonly round: number;
  /** How many had heard of it by its end, of those that tell. */
  readonly infected: number;
  /** What theory says: the mean, and three standard deviations below and above it. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/** How a rumor went through the cluster. */
export interface TraceReport {
  readonly kind: 'event' | 'kv';
  /** The name of the event, or the key. */
  readonly name: string;
  /** Who sent it. */
  readonly origin: string;
  /** How long this took, in milliseconds. */
  readonly tookMs: number;
  /** What theory was told. */
  readonly model: {
    /** Live members that could have it, the one who sent it included. */
    readonly memberCount: number;
    readonly fanOut: number;
    readonly gossipIntervalMs: number;
    readonly sendLimit: number;
    readonly loss: number;
    readonly latencyMs: number;
  };
  /** Who has heard of it, the earliest first. */
  readonly hearers: readonly TraceHearer[];
  /** Who says that it has not. */
  readonly unheard: readonly { readonly name: string; readonly reason: LateReason }[];
  /** Of whom nothing is known. */
  readonly missing: readonly { readonly name: string; readonly reason: TraceMissingReason }[];
  readonly rounds: readonly TraceRound[];
  /** Whether every round is within the band. */
  readonly isWithinBand: boolean;
  /** Until it was heard, of all but the one who sent it, in milliseconds; undefined when nobody else has. */
  readonly spread: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | undefined;
  /** Until the last one hears it, says theory: in half of all cases, and in 99 of 100. Later is late. */
  readonly theory: { readonly lastP50Ms: number; readonly lastP99Ms: number };
  /** The largest error of a time above, in milliseconds. */
  readonly errorMs: number;
  /** Share of packets that got lost, as sent and received copies tell; undefined when not all have told. */
  readonly lossSeen: number | undefined;
}
