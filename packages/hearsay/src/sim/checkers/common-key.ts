import { isSameBytes } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/**
 * Any two live members have a common key, and more than that: each holds the key with which the other seals, so that
 * either reads what the other sends. Live is every process that runs or is paused and has not left; whether the others
 * know of it does not matter.
 *
 * For encrypted pools of one key, or whose keys change: not for two pools that meet.
 */
export class CommonKey implements Checker {
  readonly invariant: string = 'common-key';
  readonly #context: CheckContext;
  /** Of each node, as they were when last checked. A keyring makes a new list with every change. */
  readonly #checked: (readonly Uint8Array[])[] = [];

  constructor(context: CheckContext) {
    this.#context = context;
  }

  afterStep(node: SimNode): void {
    const { keys } = node.core.keyring;
    if (keys === this.#checked[node.index]) return;
    this.#checked[node.index] = keys;
    this.#check();
  }

  /** For those that come back with their memory kept, which is no step. */
  onSample(): void {
    this.#check();
  }

  #check(): void {
    const live = this.#context.simulator.nodes.filter(isLive);
    for (const sender of live) {
      for (const receiver of live) {
        if (canRead(receiver, sender)) continue;
        const isMutual = canRead(sender, receiver) ? '' : `, nor the other way round`;
        throw new InvariantBroken(this.invariant, `${receiver.name} cannot read what ${sender.name} seals${isMutual}`);
      }
    }
  }
}

function isLive(node: SimNode): boolean {
  return node.state !== 'down' && !node.core.hasLeft;
}

/** What is not sealed at all is read by nobody who has keys. */
function canRead(receiver: SimNode, sender: SimNode): boolean {
  const { primary } = sender.core.keyring;
  if (primary === undefined) return !receiver.core.keyring.isEnabled;
  return receiver.core.keyring.keys.some((key) => isSameBytes(key, primary));
}
