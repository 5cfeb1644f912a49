import type { ClusterEvent } from '../../cluster/index.ts';
import { covers, type Dot, type SharedEntry } from '../../kv/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** A write, however many copies of it there are. */
interface Operation {
  readonly entry: SharedEntry;
  /** What its author had before it, and all that this had replaced. */
  readonly replaced: ReadonlySet<Operation>;
}

/**
 * A node never shows a value that it has seen die: one that the author of a write, which this node covers, had before its
 * eyes when it replaced or deleted it.
 */
export class KvNoResurrection implements Checker {
  readonly invariant: string = 'kv-no-resurrection';
  readonly #context: CheckContext;
  readonly #operations: Operation[] = [];
  readonly #byDot: Map<string, Operation> = new Map();
  #readCount: number = 0;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** To write it anew, as what others may have deleted and forgotten is, is a write of its own. */
  onEvent(_: SimNode, event: ClusterEvent): void {
    if (event.type === 'kv-reissued') this.#register(event.entry, event.from);
  }

  onSample(): void {
    const writes = this.#context.kvWrites();
    for (; this.#readCount < writes.length; this.#readCount += 1) {
      const { entry, before } = writes[this.#readCount]!;
      this.#register(entry, before);
    }
    for (const node of this.#context.simulator.nodes) {
      if (node.state === 'running' && node.core.kv !== undefined) this.#check(node);
    }
  }

  #register(entry: SharedEntry, before: SharedEntry | undefined): void {
    const replaced = before === undefined ? undefined : this.#operationOf(before);
    const operation = { entry, replaced: new Set(replaced === undefined ? [] : [replaced, ...replaced.replaced]) };
    this.#operations.push(operation);
    this.#byDot.set(dotText(entry), operation);
  }

  #check(node: SimNode): void {
    const { shared } = node.core.kv!.state;
    const { rows } = shared.digest();
    for (const shown of shared.list()) {
      const operation = this.#operationOf(shown);
      if (operation === undefined) continue;
      for (const killer of this.#operations) {
        if (!killer.replaced.has(operation)) continue;
        const row = rows.get(killer.entry.stream);
        if (row === undefined || !covers(row, killer.entry.version)) continue;
        throw new InvariantBroken(
          this.invariant,
          `${node.name} shows ${shown.key} of ${dotText(shown)}, and covers ${dotText(killer.entry)}, which replaced it`,
        );
      }
    }
  }

  /** Of copies that were taken over from the dead, that of the original. Undefined when a copy between was never seen. */
  #operationOf(entry: SharedEntry): Operation | undefined {
    const known = this.#byDot.get(dotText(entry));
    if (known !== undefined || entry.adopt === 0 || entry.parent === undefined) return known;
    const original = this.#byDot.get(dotText(entry.parent));
    if (original !== undefined) this.#byDot.set(dotText(entry), original);
    return original;
  }
}

function dotText({ stream, version }: Dot): string {
  return `${stream}@${version}`;
}
