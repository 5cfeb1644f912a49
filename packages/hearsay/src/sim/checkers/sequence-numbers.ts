import type { Address } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { WireTap } from '../wire-tap.ts';
import { InvariantBroken, type Checker } from './checker.ts';

/** No two pings of a process carry the same number: an ack would count for a member that never sent it. */
export class SequenceNumbers implements Checker {
  readonly invariant: string = 'sequence-numbers';
  readonly #tap: WireTap = new WireTap();
  readonly #used: Set<string> = new Set();

  onPacketSent(node: SimNode, _to: Address, packet: Uint8Array): void {
    for (const ping of this.#tap.read(packet).pings) {
      const key = `${node.processKey}/${ping.seqNo}`;
      if (this.#used.has(key)) {
        throw new InvariantBroken(this.invariant, `${node.name} pings ${ping.node} with ${ping.seqNo} again`);
      }
      this.#used.add(key);
    }
  }
}
