import { hashText } from '../../kv/index.ts';
import type { Registry } from '../registry.ts';
import { estimateLimits } from './limits.ts';

/** What numbers metrics have on the wire, so that names need not travel. */
export interface Slot {
  readonly name: string;
  /** Of what a counter has come to, or a gauge shows. */
  readonly value: number;
  /** Of by how much a counter grows in a second. */
  readonly rate: number;
}

/** By name. */
export function slotsOf(names: readonly string[]): Map<string, Slot> {
  return new Map(names.map((name) => [name, { name, value: hashText(name, 0), rate: hashText(name, 1) }]));
}

/** This node's values of the moment. Those beyond 10^15 are left out: see {@link estimateLimits}. */
export function* valuesOf(
  slots: Iterable<Slot>,
  registry: Registry,
  windowMs: number,
): Generator<readonly [id: number, value: number]> {
  for (const { name, value, rate } of slots) {
    const counter = registry.counter(name);
    const number = counter?.total ?? registry.gauge(name)?.sum;
    if (number === undefined || Math.abs(number) > estimateLimits.valueMax) continue;
    yield [value, number];
    if (counter !== undefined && windowMs > 0) yield [rate, (1_000 * counter.recent) / windowMs];
  }
}
