/**
 * Takes note of what happens inside a node, for logs, metrics and the simulator. Optional everywhere: call it as
 * `this.#trace?.({ … })`, so that the event is not even built when nobody listens.
 */
export type Trace<Event> = (event: Event) => void;
