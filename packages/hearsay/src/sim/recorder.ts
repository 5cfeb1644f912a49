import type { ClusterEvent } from '../cluster/index.ts';
import type { SwimTraceEvent } from '../swim/index.ts';
import type { SimObserver } from './observer.ts';
import type { SimNode } from './sim-node.ts';

/** An event without the details that tests rarely ask for. */
export type BriefEvent = { readonly type: ClusterEvent['type']; readonly name?: string };

/** Keeps what nodes told their users, and on demand their traces, for tests to look at. */
export class Recorder implements SimObserver {
  keepsTraces: boolean = false;
  readonly #events: Map<SimNode, ClusterEvent[]> = new Map();
  readonly #traces: Map<SimNode, SwimTraceEvent[]> = new Map();

  eventsAt(node: SimNode): readonly ClusterEvent[] {
    return this.#events.get(node) ?? [];
  }

  tracesAt(node: SimNode): readonly SwimTraceEvent[] {
    return this.#traces.get(node) ?? [];
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    append(this.#events, node, event);
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    if (this.keepsTraces) append(this.#traces, node, event);
  }
}

/** The name stands for the member. */
export function toBrief(event: ClusterEvent): BriefEvent {
  return 'member' in event ? { type: event.type, name: event.member.name } : { type: event.type };
}

function append<Value>(lists: Map<SimNode, Value[]>, node: SimNode, value: Value): void {
  const list = lists.get(node);
  if (list === undefined) lists.set(node, [value]);
  else list.push(value);
}
