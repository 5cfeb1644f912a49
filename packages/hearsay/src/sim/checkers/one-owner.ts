import { formatAddress } from '../../util/index.ts';
import type { CheckContext, Checker } from './checker.ts';

/** At most one process owns a name: at rest everybody else finds it at the same address. */
export class OneOwner implements Checker {
  readonly invariant: string = 'one-owner';
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  unsettled(): string | undefined {
    const addresses = new Map<string, string>();
    for (const observer of this.#context.core()) {
      for (const view of observer.core.members) {
        // Each of two owners takes itself for the right one.
        if (view.name === observer.name || view.address === undefined) continue;
        const address = formatAddress(view.address);
        const other = addresses.get(view.name);
        if (other !== undefined && other !== address) return `${view.name} is both at ${other} and at ${address}`;
        addresses.set(view.name, address);
      }
    }
    return undefined;
  }
}
