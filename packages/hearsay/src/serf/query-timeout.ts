/**
 * How long a query waits for answers by default: the time gossip needs, which grows with the number of decimal digits
 * of the cluster's size (Serf `DefaultQueryTimeout`). 0 when there are no live members.
 */
export function defaultQueryTimeoutMs(gossipIntervalMs: number, queryTimeoutMult: number, liveCount: number): number {
  return gossipIntervalMs * queryTimeoutMult * decimalDigits(liveCount);
}

/** `ceil(log10(count + 1))`, counted rather than computed: engines differ in the last bit of a logarithm. */
function decimalDigits(count: number): number {
  let digits = 0;
  for (let power = 1; power < count + 1; power *= 10) digits += 1;
  return digits;
}
