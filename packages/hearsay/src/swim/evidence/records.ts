import type { MemberState } from '../member.ts';
import type { StrangerKind } from '../strangers.ts';

/** What came of the ping over a stream, which is tried when packets get no answer. */
export type StreamOutcome =
  /** The target answered. */
  | 'acked'
  /** Its machine said that nobody listens there: the process is gone, the machine is up. */
  | 'refused'
  /** A connection stood, but nobody answered on it: the process is there and gets no time. */
  | 'silent'
  /** No connection came about in time. */
  | 'unreachable'
  /** It did not take place: this node had too many streams open, or stopped. */
  | 'untried';

/** What became of a member that was asked to ping another. */
export interface HelperEvidence {
  readonly name: string;
  /** Undefined while nothing was heard of it. `nack`: it reached the target no better. */
  answer: 'ack' | 'nack' | undefined;
}

/** A probe whose target did not answer in time by itself. */
export interface ProbeEvidence {
  readonly kind: 'probe';
  /** The target. */
  readonly node: string;
  readonly id: number;
  /** When it was over. */
  atMs: number;
  readonly startedAtMs: number;
  /** When others were asked. */
  readonly askedOthersAtMs: number;
  /** How much later than they should have this node's own timers fired, the worst of them, in milliseconds. */
  lateMs: number;
  /** `void`: this node had no time itself or heard nobody, so nothing was concluded. */
  outcome: 'pending' | 'failed' | 'void' | 'acked-late' | 'acked-through-others' | 'acked-by-stream';
  readonly helpers: readonly HelperEvidence[];
  stream: StreamOutcome | undefined;
  /** This node's own health score at its end: 0 is well. */
  healthScore: number;
  /** The system's name for why the ping could not be sent. */
  readonly sendFailure: string | undefined;
  /** How long after the ping an answer came after all, from the target itself. */
  lateAckMs: number | undefined;
}

/** What a member last said of its own health, which it gossips with its telemetry. */
export interface SaidHealth {
  /** When it said so. */
  readonly atMs: number;
  /** Its health score: 0 is well. */
  readonly healthScore: number;
  /** The longest time in the minute before for which it stood still. */
  readonly stalledMs: number;
}

/** A change of what this node believes of a member. */
export interface TransitionEvidence {
  readonly kind: 'transition';
  readonly node: string;
  readonly id: number;
  readonly atMs: number;
  readonly from: MemberState;
  readonly to: MemberState;
  readonly incarnation: number;
  /** Where the member was then; undefined when that was not known. */
  readonly address: string | undefined;
  /** Who says so: the accuser, or the member itself. */
  readonly by: string;
  /** How it came here. `own`: this node found out itself. */
  readonly via: 'own' | 'gossip' | 'push-pull';
  /** When the member last answered a ping of this node and last pinged it; -Infinity for never. */
  readonly lastAckAtMs: number;
  readonly lastPingAtMs: number;
  /** For how long the clock of its suspicion had stood still here; undefined when it had not. */
  readonly frozenMs: number | undefined;
  /** What the member had said of its own health before it was accused; undefined when nothing was known. */
  readonly said: SaidHealth | undefined;
}

/** Another accuser of a suspect. */
export interface ConfirmationEvidence {
  readonly kind: 'confirmation';
  readonly node: string;
  readonly id: number;
  readonly atMs: number;
  readonly by: string;
}

/** Somebody claims the name of a member from another address. */
export interface ConflictEvidence {
  readonly kind: 'conflict';
  readonly node: string;
  readonly id: number;
  readonly atMs: number;
  readonly known: string;
  readonly claimed: string;
  /** How often, and when it was last seen. */
  count: number;
  lastAtMs: number;
}

/** A member speaks as it did before: a new process of that name, which does not know of the one before. */
export interface StaleEvidence {
  readonly kind: 'stale';
  readonly node: string;
  readonly id: number;
  readonly atMs: number;
  readonly incarnation: number;
  readonly knownIncarnation: number;
  count: number;
  lastAtMs: number;
}

/** This node pinged a member because another one asked it to. */
export interface RelayEvidence {
  readonly kind: 'relay';
  readonly node: string;
  readonly id: number;
  readonly atMs: number;
  readonly startedAtMs: number;
  /** Who asked. */
  readonly asker: string;
  readonly isAcked: boolean;
}

/** What a node records of another member. */
export type EvidenceRecord =
  ProbeEvidence | TransitionEvidence | ConfirmationEvidence | ConflictEvidence | StaleEvidence | RelayEvidence;

/** What a node records of itself. */
export type OwnEvidence =
  /** It had no time: timers fired that much late. */
  | { readonly kind: 'stall'; readonly atMs: number; readonly lateMs: number }
  /** It denied what `accuser` said of it. */
  | { readonly kind: 'refutation'; readonly atMs: number; readonly incarnation: number; readonly accuser: string }
  /** Nothing at all was received, until `atMs`. */
  | { readonly kind: 'silence'; readonly atMs: number; readonly silentMs: number }
  /** Others refuse what it writes, as from their future: its clock is wrong. `refusedBy` names them, for people. */
  | { readonly kind: 'clock'; readonly atMs: number; readonly aheadMs: number; readonly refusedBy: string }
  /** Traffic that is not of this cluster came from there; of each kind it is recorded once a minute at most. */
  | { readonly kind: 'stranger'; readonly atMs: number; readonly stranger: StrangerKind; readonly from: string };

/** When a member was last heard. -Infinity for never. */
export interface Contact {
  /** It answered a ping of this node. */
  ackAtMs: number;
  rttMs: number;
  /** It pinged this node. */
  pingAtMs: number;
}
