import type { ClusterEvent } from '../../cluster/index.ts';
import { formatAddress } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

interface Departure {
  readonly incarnation: number;
  readonly address: string;
  readonly atMs: number;
}

/**
 * Who is dead or left comes back only by a higher incarnation, which it alone gives, or from another address: old news
 * revives nobody, also after the record was forgotten: that is a rule of ours, `rejoin`.
 */
export class NoResurrection implements Checker {
  readonly invariant: string = 'no-resurrection';
  readonly #context: CheckContext;
  readonly #departures: Map<string, Departure> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (!('member' in event)) return;
    const { name, incarnation, address } = event.member;
    const key = `${node.processKey}/${name}`;
    const { nowMs } = this.#context.simulator;
    const where = address === undefined ? '' : formatAddress(address);
    if (event.type === 'member-failed' || event.type === 'member-leave') {
      this.#departures.set(key, { incarnation, address: where, atMs: nowMs });
    }
    const forgets = event.type === 'member-reap' && !this.#context.rulesOf(node).rejoin;
    if (forgets) this.#departures.delete(key);
    if (event.type !== 'member-join') return;
    const departure = this.#departures.get(key);
    this.#departures.delete(key);
    if (departure === undefined || departure.address !== where || incarnation > departure.incarnation) return;
    if (nowMs - departure.atMs > this.#context.config.departedMemoryMs) return;
    throw new InvariantBroken(
      this.invariant,
      `${name}@${incarnation} comes back at ${node.name}, where it went as ${name}@${departure.incarnation}`,
    );
  }
}
