import { compareEntries, type SharedEntry } from '../../kv/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/**
 * Within the life of a process a key of the shared map only goes forward: it never shows a value that is lesser than a value
 * or a deletion that it has had. A lesser deletion may come after a greater one was forgotten; it shows nothing either.
 */
export class KvNoWayBack implements Checker {
  readonly invariant: string = 'kv-no-way-back';
  readonly #context: CheckContext;
  /** By process and key, the greatest entry that was seen there. */
  readonly #greatest: Map<string, Map<string, SharedEntry>> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onSample(): void {
    for (const node of this.#context.simulator.nodes) {
      if (node.state === 'running' && node.core.kv !== undefined) this.#check(node);
    }
  }

  #check(node: SimNode): void {
    let greatest = this.#greatest.get(node.processKey);
    if (greatest === undefined) this.#greatest.set(node.processKey, (greatest = new Map()));
    const { shared } = node.core.kv!.state;
    for (const entry of shared.save().entries) {
      const before = greatest.get(entry.key);
      if (before === undefined || compareEntries(entry, before) >= 0) greatest.set(entry.key, entry);
      else if (shared.get(entry.key) !== undefined) {
        throw new InvariantBroken(this.invariant, `${node.name} goes back from ${text(before)} to ${text(entry)}`);
      }
    }
  }
}

function text({ key, kind, stamp, stream, version }: SharedEntry): string {
  return `${kind} ${key} (stamp ${stamp.epoch}/${stamp.ms}/${stamp.counter}, ${stream}@${version})`;
}
