import type { StreamId } from '../../cluster/index.ts';
import { formatAddress, type Address } from '../../util/index.ts';
import { MessageType } from '../../wire/index.ts';
import type { SimNode } from '../sim-node.ts';
import { stateHead, WireTap } from '../wire-tap.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/**
 * No byte of state, by packet or by stream, goes to a member that does not announce that it takes part, nor to one that its
 * sender does not hold for alive.
 */
export class KvStrangers implements Checker {
  readonly invariant: string = 'kv-strangers';
  readonly #context: CheckContext;
  readonly #tap: WireTap = new WireTap();
  /** Streams on which nothing was sent yet, and whose far ends were alive when they began to open. */
  readonly #opening: Set<string> = new Set();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onPacketSent(node: SimNode, to: Address, packet: Uint8Array): void {
    const fault = this.#faultOf(node, to);
    if (fault !== undefined && this.#tap.read(packet).stateBytes > 0) this.#fail(node, to, fault);
  }

  onStreamOpening(node: SimNode, stream: StreamId, to: Address): void {
    if (this.#faultOf(node, to) === undefined) this.#opening.add(streamKey(node, stream));
  }

  /**
   * Sees nothing in what is compressed. What goes out on a stream was given away when it began to open, and while it opened
   * its far end, alive then, may have become suspect: there is no taking it back, and to close the stream would cost a
   * member that lives its state.
   */
  onStreamSent(node: SimNode, to: Address, chunk: Uint8Array, stream: StreamId): void {
    const wasAlive = this.#opening.delete(streamKey(node, stream));
    // A push/pull may hold the same bytes: by them members of a plain pool announce that they take part.
    if (chunk[0] !== MessageType.user) return;
    const fault = this.#faultOf(node, to);
    if (fault === undefined || (wasAlive && fault === 'is suspect to it') || !holds(chunk, stateHead)) return;
    this.#fail(node, to, fault);
  }

  /** Why the node there must not be sent state; `undefined` when it may. */
  #faultOf(sender: SimNode, to: Address): string | undefined {
    const receiver = this.#context.simulator.nodes.find(
      ({ address }) => address.host === to.host && address.port === to.port,
    );
    if (receiver === undefined || !receiver.hasStarted) return undefined;
    if (receiver.core.kv === undefined) return 'has none';
    const state = sender.core.memberState(receiver.name) ?? 'unknown';
    return state === 'alive' ? undefined : `is ${state} to it`;
  }

  #fail(node: SimNode, to: Address, fault: string): never {
    throw new InvariantBroken(this.invariant, `${node.name} sends state to ${formatAddress(to)}, which ${fault}`);
  }
}

function streamKey(node: SimNode, stream: StreamId): string {
  return `${node.processKey}/${stream}`;
}

function holds(chunk: Uint8Array, part: Uint8Array): boolean {
  for (let start = 0; start + part.length <= chunk.length; start += 1) {
    if (part.every((byte, index) => chunk[start + index] === byte)) return true;
  }
  return false;
}
