/** What the Serf layer has counted since it was made, and a few values of the moment. Serf's own are named as there. */
export interface SerfStats {
  readonly members: number;
  readonly failed: number;
  readonly left: number;
  readonly memberTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
  readonly intentQueue: number;
  readonly eventQueue: number;
  readonly queryQueue: number;
  /** Undefined when coordinates are off. */
  readonly coordinateResets: number | undefined;
  /** Everything else that was counted, by name. */
  readonly counters: Readonly<Record<string, number>>;
  /** Messages that were refused, by reason. */
  readonly refusals: Readonly<Record<string, number>>;
}
