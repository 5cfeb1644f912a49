import type { Pause } from './suspicion.ts';

/**
 * What happens inside a node, for logs, the simulator's transcripts and the demo. Nothing is built when nobody listens.
 * `atMs` is the instant of the step; `target` and `node` are names; addresses are `host:port`.
 */
export type SwimTraceEvent =
  /** A protocol period began: `target` was sent a ping. */
  | { readonly type: 'probe-started'; readonly atMs: number; readonly target: string }
  | {
      readonly type: 'probe-acked';
      readonly atMs: number;
      readonly target: string;
      readonly rttMs: number;
      readonly via: 'direct' | 'indirect' | 'stream';
    }
  /** No ack in time: others are asked to ping. */
  | { readonly type: 'probe-timeout'; readonly atMs: number; readonly target: string }
  /** The period is over without an ack by any way. Packets get lost here, so `target` is not accused but probed again. */
  | { readonly type: 'probe-repeated'; readonly atMs: number; readonly target: string }
  /** The same, and `target` is accused. */
  | { readonly type: 'probe-failed'; readonly atMs: number; readonly target: string }
  /** This node's own timers were late, or it heard nobody at all: the probe says nothing about its target. */
  | { readonly type: 'probe-void'; readonly atMs: number; readonly target: string; readonly lateMs: number }
  | {
      readonly type: 'suspect';
      readonly atMs: number;
      readonly node: string;
      readonly incarnation: number;
      readonly from: string;
    }
  | {
      readonly type: 'suspicion-confirmed';
      readonly atMs: number;
      readonly node: string;
      readonly from: string;
      readonly confirmations: number;
    }
  /** This node denies what is said about it, now with `incarnation`. */
  | { readonly type: 'refute'; readonly atMs: number; readonly incarnation: number; readonly accuser?: string }
  | { readonly type: 'alive'; readonly atMs: number; readonly node: string; readonly incarnation: number }
  | {
      readonly type: 'dead';
      readonly atMs: number;
      readonly node: string;
      readonly incarnation: number;
      readonly from: string;
    }
  | { readonly type: 'left'; readonly atMs: number; readonly node: string }
  /** A rumor that was news here. `from` is the sender's address, undefined for what this node found out itself. */
  | {
      readonly type: 'rumor-heard';
      readonly atMs: number;
      readonly about: string;
      readonly kind: 'alive' | 'suspect' | 'dead';
      readonly incarnation: number;
      readonly from: string | undefined;
    }
  /** One gossip packet left, with `count` messages. */
  | { readonly type: 'gossip-sent'; readonly atMs: number; readonly to: string; readonly count: number }
  | {
      readonly type: 'push-pull';
      readonly atMs: number;
      readonly peer: string;
      readonly join: boolean;
      readonly direction: 'initiated' | 'answered';
    }
  /** A try to find members again that were lost for long. */
  | { readonly type: 'heal-attempt'; readonly atMs: number; readonly address: string }
  /** The local health score changed. */
  | { readonly type: 'health'; readonly atMs: number; readonly score: number }
  /** The clocks of all suspicions stood still for the `spanMs` until now: this node had no time, or heard nobody. */
  | { readonly type: 'suspicions-frozen'; readonly atMs: number; readonly pause: Pause; readonly spanMs: number }
  /** A timer fired late: this node had no time to live. */
  | { readonly type: 'stall'; readonly atMs: number; readonly lateMs: number };
