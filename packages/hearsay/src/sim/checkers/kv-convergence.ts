import { isSameBytes } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { CheckContext, Checker } from './checker.ts';

/** When writes have stopped and messages arrive, all live members with state show the same: shared keys and owned ones. */
export class KvConvergence implements Checker {
  readonly invariant: string = 'kv-convergence';
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  unsettled(): string | undefined {
    const [first, ...others] = this.#context.core().filter((node) => node.core.kv !== undefined);
    if (first === undefined || this.#context.hasOutcasts()) return undefined;
    for (const other of others) {
      const key = sharedDifference(first, other) ?? sharedDifference(other, first);
      if (key !== undefined) return `${first.name} and ${other.name} show different values of ${key}`;
    }
    for (const owner of [first, ...others]) {
      for (const reader of [first, ...others]) {
        const key = ownedDifference(owner, reader);
        if (key !== undefined) return `${reader.name} does not show ${key} of ${owner.name} as that has it`;
      }
    }
    return undefined;
  }
}

/** A key that the first shows, and the second does not, or otherwise. */
function sharedDifference(first: SimNode, second: SimNode): string | undefined {
  for (const entry of first.core.kv!.list()) {
    const other = second.core.kv!.get(entry.key);
    if (other?.stream !== entry.stream || other.version !== entry.version) return entry.key;
  }
  return undefined;
}

function ownedDifference(owner: SimNode, reader: SimNode): string | undefined {
  const own = [...owner.core.kv!.listOwned(owner.name)];
  for (const entry of own) {
    const other = reader.core.kv!.getOwned(owner.name, entry.key);
    if (other === undefined || !isSameBytes(other.value, entry.value)) return entry.key;
  }
  const extra = [...reader.core.kv!.listOwned(owner.name)].find(({ key }) => !own.some((entry) => entry.key === key));
  return extra?.key;
}
