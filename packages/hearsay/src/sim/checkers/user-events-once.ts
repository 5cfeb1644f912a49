import type { ClusterEvent } from '../../cluster/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type Checker } from './checker.ts';

/** A process hears of each user event and of each query at most once, however often they are sent and replayed. */
export class UserEventsOnce implements Checker {
  readonly invariant: string = 'user-events-once';
  readonly #heard: Set<string> = new Set();

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (event.type !== 'user' && event.type !== 'query') return;
    const what = event.type === 'user' ? event.payload.join() : event.id;
    const key = `${node.processKey}/${event.type}/${event.ltime}/${event.name}/${what}`;
    if (this.#heard.has(key)) {
      throw new InvariantBroken(this.invariant, `${node.name} hears ${event.type} ${event.name} twice`);
    }
    this.#heard.add(key);
  }
}
