import type { SwimTraceEvent } from '../../swim/index.ts';
import type { Address } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { WireTap } from '../wire-tap.ts';
import { InvariantBroken, type Checker } from './checker.ts';

/**
 * A member is dead only by this node's own suspicion or by a death message: what a push/pull says of a death makes it
 * suspect, so that it can refute.
 */
export class SecondHandDeath implements Checker {
  readonly invariant: string = 'second-hand-death';
  readonly #tap: WireTap = new WireTap();
  /** The death messages in the packet that is being read, as `node@incarnation from accuser`. */
  #inPacket: Set<string> = new Set();

  onPacketDelivered(_node: SimNode, _from: Address, packet: Uint8Array): void {
    this.#inPacket = new Set(this.#tap.read(packet).deads.map((dead) => keyOf(dead.node, dead.incarnation, dead.from)));
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    if (event.type !== 'dead' || event.from === node.name) return;
    if (this.#inPacket.has(keyOf(event.node, event.incarnation, event.from))) return;
    throw new InvariantBroken(
      this.invariant,
      `${node.name} takes ${event.node} for dead without a death message or a suspicion of its own`,
    );
  }

  afterStep(): void {
    this.#inPacket.clear();
  }
}

function keyOf(node: string, incarnation: number, from: string): string {
  return `${node}@${incarnation} from ${from}`;
}
