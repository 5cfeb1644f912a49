import type { ClusterEvent } from '../cluster/index.ts';
import type { MemberView, SwimTraceEvent } from '../swim/index.ts';
import type { SimObserver } from './observer.ts';
import type { SimNode } from './sim-node.ts';
import type { Simulator } from './simulator.ts';

/** What a {@link Transcript} writes down. */
export interface TranscriptOptions {
  /** The nodes' own story: probes, suspicions, refutations. `verdicts` leaves out probes and gossip. @defaultValue 'verdicts' */
  readonly traces?: 'none' | 'verdicts' | 'all';
  /** Only the last so many lines are kept. @defaultValue 100,000 */
  readonly linesMax?: number;
}

interface Line {
  readonly atMs: number;
  readonly node: SimNode | undefined;
  readonly what: SwimTraceEvent | ClusterEvent | string;
}

/** Too frequent to read among the rest. */
const CHATTER: ReadonlySet<SwimTraceEvent['type']> = new Set([
  'probe-started',
  'probe-acked',
  'gossip-sent',
  'rumor-heard',
  'push-pull',
  'heal-attempt',
]);

/** A run as text, one line an event. Lines are put into words only when somebody reads them. */
export class Transcript implements SimObserver {
  /** Absent when no traces are wanted, so that nodes do not build any. */
  readonly onTrace?: (node: SimNode, event: SwimTraceEvent) => void;
  readonly #simulator: Simulator;
  readonly #linesMax: number;
  #lines: Line[] = [];

  constructor(simulator: Simulator, options: TranscriptOptions = {}) {
    this.#simulator = simulator;
    this.#linesMax = options.linesMax ?? 100_000;
    const { traces = 'verdicts' } = options;
    if (traces === 'none') return;
    this.onTrace = (node, event) => {
      if (traces === 'all' || !CHATTER.has(event.type)) this.#add(node, event);
    };
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    this.#add(node, event);
  }

  onAction(node: SimNode | undefined, text: string): void {
    this.#add(node, `* ${text}`);
  }

  /** The last `lineCount` lines, or all that were kept. */
  text(lineCount: number = this.#linesMax): string {
    return this.#lines.slice(-lineCount).map(formatLine).join('\n');
  }

  #add(node: SimNode | undefined, what: Line['what']): void {
    this.#lines.push({ atMs: this.#simulator.nowMs, node, what });
    // Cut rarely, so that it costs nothing per line.
    if (this.#lines.length >= this.#linesMax * 2) this.#lines = this.#lines.slice(-this.#linesMax);
  }
}

function formatLine(line: Line): string {
  const what = typeof line.what === 'string' ? line.what : describe(line.what);
  return `${line.atMs.toFixed(1).padStart(10)}  ${(line.node?.name ?? '').padEnd(4)} ${what}`;
}

function describe(event: SwimTraceEvent | ClusterEvent): string {
  const details: string[] = [];
  for (const [key, value] of Object.entries(event)) {
    if (key === 'type' || key === 'atMs' || value === undefined) continue;
    if (key === 'members') {
      // The first is told as the member.
      details.push(...(value as MemberView[]).slice(1).map(describeMember));
      continue;
    }
    details.push(key === 'member' || key === 'other' ? describeMember(value) : `${key}=${describeValue(value)}`);
  }
  return [event.type, ...details].join(' ');
}

function describeMember(member: { readonly name: string; readonly incarnation: number }): string {
  return `${member.name}@${member.incarnation}`;
}

function describeValue(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length}B`;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(1);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
