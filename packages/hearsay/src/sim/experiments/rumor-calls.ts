import { SeededRng, type Rng } from '../../util/index.ts';
import { EventQueue } from '../event-queue.ts';
import { CUT, quietNetwork, SimNetwork } from '../sim-network.ts';

/** Longer than any latency of {@link quietNetwork}: what is called in a round arrives in it. */
const roundTicks = 2_048;
const CALL = 1;

/**
 * Calls between nodes in rounds, over the simulator's own network and event queue: each gets a latency or is lost, and
 * they arrive in the order of their latencies. Nothing of the protocol is in it.
 */
export class RumorCalls {
  /** For the choices of the nodes, apart from the chance of the network. */
  readonly rng: Rng;
  readonly #network: SimNetwork;
  readonly #queue: EventQueue = new EventQueue();
  #nowTick: number = 0;

  constructor(seed: number, loss: number) {
    this.rng = new SeededRng(seed, nodeStream);
    this.#network = new SimNetwork({ ...quietNetwork, loss }, new SeededRng(seed, networkStream));
  }

  /** A call of this round. A lost one is lost in both directions. */
  call(from: number, to: number): void {
    const delayTicks = this.#network.packetDelayTicks(this.#nowTick, from, to);
    if (delayTicks !== CUT) this.#queue.push(this.#nowTick + delayTicks, CALL, to, from);
  }

  /** Lets all calls of this round arrive; then the next round begins. */
  endRound(onArrival: (from: number, to: number) => void): void {
    const endTick = this.#nowTick + roundTicks;
    while (this.#queue.pop(endTick - 1)) onArrival(this.#queue.argument, this.#queue.target);
    this.#nowTick = endTick;
  }
}

const nodeStream = -12;
const networkStream = -13;
