import { formatAddress, type Address } from '../../util/index.ts';
import { MessageType } from '../../wire/index.ts';
import type { SimNode } from '../sim-node.ts';
import { stateHead, WireTap } from '../wire-tap.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** A member that does not announce that it takes part never receives a byte of state, by packet or by stream. */
export class KvStrangers implements Checker {
  readonly invariant: string = 'kv-strangers';
  readonly #context: CheckContext;
  readonly #tap: WireTap = new WireTap();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onPacketSent(node: SimNode, to: Address, packet: Uint8Array): void {
    if (this.#isStranger(to) && this.#tap.read(packet).stateBytes > 0) this.#fail(node, to);
  }

  /** Sees nothing in what is compressed. */
  onStreamSent(node: SimNode, to: Address, chunk: Uint8Array): void {
    // A push/pull may hold the same bytes: by them members of a plain pool announce that they take part.
    if (chunk[0] === MessageType.user && this.#isStranger(to) && holds(chunk, stateHead)) this.#fail(node, to);
  }

  #isStranger(to: Address): boolean {
    const receiver = this.#context.simulator.nodes.find(
      ({ address }) => address.host === to.host && address.port === to.port,
    );
    return receiver !== undefined && receiver.hasStarted && receiver.core.kv === undefined;
  }

  #fail(node: SimNode, to: Address): never {
    throw new InvariantBroken(this.invariant, `${node.name} sends state to ${formatAddress(to)}, which has none`);
  }
}

function holds(chunk: Uint8Array, part: Uint8Array): boolean {
  for (let start = 0; start + part.length <= chunk.length; start += 1) {
    if (part.every((byte, index) => chunk[start + index] === byte)) return true;
  }
  return false;
}
