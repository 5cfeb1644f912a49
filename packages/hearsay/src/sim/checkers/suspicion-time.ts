import {
  suspicionConfirmationsMax,
  suspicionMinMs,
  suspicionTimeoutMs,
  type SwimTraceEvent,
} from '../../swim/index.ts';
import { TICKS_PER_MS } from '../event-queue.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

interface OpenSuspicion {
  readonly startedAtMs: number;
  readonly incarnation: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly confirmationsMax: number;
  readonly firstAccuser: string;
  readonly confirmers: Set<string>;
  /** For how long its clock stood still. */
  frozenMs: number;
}

/** Timers fire on the grid of ticks. */
const GRID_MS = 1 / TICKS_PER_MS;

/**
 * A node declares a member dead by itself only after it suspected it for as long as the formula says for the
 * confirmations it has, which come from different accusers, and its clock stood still; and not much later. All that it
 * stands still is at most the longest suspicion, and what a stall that began before that is longer. A refutation ends the
 * suspicion.
 */
export class SuspicionTime implements Checker {
  readonly invariant: string = 'suspicion-time';
  readonly #context: CheckContext;
  readonly #open: Map<string, OpenSuspicion> = new Map();
  /** Whether the death that a node traces next was told it: by another of its name, if in its own. */
  #isTold: boolean = false;
  /** Node lives that lost time: their suspicion clocks stood still. */
  readonly #stalled: Set<string> = new Set();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    switch (event.type) {
      case 'suspect':
        this.#open.set(keyOf(node, event.node), this.#start(node, event));
        break;
      case 'suspicion-confirmed':
        this.#open.get(keyOf(node, event.node))?.confirmers.add(event.from);
        break;
      case 'alive':
        this.#refuted(node, event.node, event.incarnation);
        break;
      case 'rumor-heard':
        if (event.kind === 'dead') this.#isTold = event.from !== undefined;
        break;
      case 'dead':
        if (event.from === node.name && !this.#isTold) this.#checkDeath(node, event.node, event.atMs);
        this.#open.delete(keyOf(node, event.node));
        break;
      case 'left':
        this.#open.delete(keyOf(node, event.node));
        break;
      case 'suspicions-frozen':
        this.#freeze(node, event);
        break;
      case 'stall':
        this.#stalled.add(node.processKey);
        break;
      default:
    }
  }

  onSample(): void {
    const { nowMs, nodes } = this.#context.simulator;
    for (const node of nodes) {
      // What a node overdue in time it did not have is no fault of its timers.
      if (node.state !== 'running' || this.#stalled.has(node.processKey)) continue;
      for (const view of node.core.members) {
        const suspicion = this.#open.get(keyOf(node, view.name));
        if (suspicion === undefined) continue;
        const overdueMs = nowMs - suspicion.startedAtMs - timeoutMs(suspicion);
        if (overdueMs > GRID_MS) this.#fail(`${node.name} suspects ${view.name} for ${overdueMs} ms too long`);
      }
    }
  }

  #start(
    node: SimNode,
    event: { readonly atMs: number; readonly incarnation: number; readonly from: string },
  ): OpenSuspicion {
    const { suspicionMult, suspicionMaxTimeoutMult, suspicionConfirmations, probeIntervalMs } = this.#context.config;
    const memberCount = node.core.allMembers.length;
    const minMs = suspicionMinMs(suspicionMult, memberCount, probeIntervalMs);
    return {
      startedAtMs: event.atMs,
      incarnation: event.incarnation,
      minMs,
      maxMs: minMs * suspicionMaxTimeoutMult,
      confirmationsMax: suspicionConfirmationsMax(suspicionMult, memberCount, suspicionConfirmations),
      firstAccuser: event.from,
      confirmers: new Set(),
      frozenMs: 0,
    };
  }

  #freeze(node: SimNode, { atMs, pause, spanMs }: SwimTraceEvent & { type: 'suspicions-frozen' }): void {
    for (const [key, suspicion] of this.#open) {
      if (!key.startsWith(keyOf(node, ''))) continue;
      const ownMs = Math.min(spanMs, atMs - suspicion.startedAtMs);
      const leftMs = suspicion.maxMs - suspicion.frozenMs;
      if (leftMs > 0) suspicion.frozenMs += pause === 'stall' ? ownMs : Math.min(ownMs, leftMs);
    }
  }

  #refuted(node: SimNode, name: string, incarnation: number): void {
    const suspicion = this.#open.get(keyOf(node, name));
    if (suspicion === undefined) return;
    if (incarnation <= suspicion.incarnation) this.#fail(`${node.name} clears ${name} at incarnation ${incarnation}`);
    this.#open.delete(keyOf(node, name));
  }

  #checkDeath(node: SimNode, name: string, atMs: number): void {
    const suspicion = this.#open.get(keyOf(node, name));
    if (suspicion === undefined) return this.#fail(`${node.name} declares ${name} dead without a suspicion`);
    const lastedMs = atMs - suspicion.startedAtMs;
    const dueMs = timeoutMs(suspicion);
    if (lastedMs >= dueMs) return;
    this.#fail(
      `${node.name} declares ${name} dead after ${lastedMs} ms; with ${suspicion.confirmers.size} confirmations it is ${dueMs} ms`,
    );
  }

  #fail(message: string): never {
    throw new InvariantBroken(this.invariant, message);
  }
}

function timeoutMs(suspicion: OpenSuspicion): number {
  const { minMs, maxMs, confirmationsMax, confirmers, firstAccuser, frozenMs } = suspicion;
  if (confirmationsMax < 1) return minMs + frozenMs;
  const distinct = confirmers.size - (confirmers.has(firstAccuser) ? 1 : 0);
  return suspicionTimeoutMs(Math.min(distinct, confirmationsMax), confirmationsMax, minMs, maxMs) + frozenMs;
}

function keyOf(node: SimNode, name: string): string {
  return `${node.processKey}/${name}`;
}
