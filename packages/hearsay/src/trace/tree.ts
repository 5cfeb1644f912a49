import type { TraceHearer } from './report.ts';

/** Of whom it is known how they heard, by whom they heard it. */
export type Parents = ReadonlyMap<string, string | undefined>;

/**
 * How many hops lie between the origin and each: one more than its parent's. Undefined where the chain has a hole: a stock
 * member, one that did not answer, or no member at all.
 */
export function hopsOf(origin: string, parents: Parents): Map<string, number | undefined> {
  const hops = new Map<string, number | undefined>([[origin, 0]]);
  for (const name of parents.keys()) hopOf(name, parents, hops);
  return hops;
}

function hopOf(name: string, parents: Parents, hops: Map<string, number | undefined>): number | undefined {
  const chain: string[] = [];
  let current: string | undefined = name;
  while (current !== undefined && !hops.has(current) && parents.has(current)) {
    // What others tell may be a circle: whoever is in one has no hop.
    hops.set(current, undefined);
    chain.push(current);
    current = parents.get(current);
  }
  let hop = current === undefined ? undefined : hops.get(current);
  for (const link of chain.toReversed()) {
    hop = hop === undefined ? undefined : hop + 1;
    hops.set(link, hop);
  }
  return hops.get(name);
}

/** Those from whom a member has it, the nearest first; the origin is the last when the chain has no hole. */
export function* ancestorsOf(name: string, hearers: ReadonlyMap<string, TraceHearer>): Generator<TraceHearer> {
  const seen = new Set<string>([name]);
  let parent = hearers.get(name)?.from;
  while (parent !== undefined && !seen.has(parent)) {
    seen.add(parent);
    const hearer = hearers.get(parent);
    if (hearer === undefined) return;
    yield hearer;
    parent = hearer.from;
  }
}
