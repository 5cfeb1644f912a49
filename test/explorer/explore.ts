import type { MergeRules } from '../../packages/hearsay/src/kv/rules.ts';
import { SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { drawSchedule, type Move, type Schedule } from './moves.ts';
import { World, type Violation, type WireOptions } from './world.ts';

/** A schedule that ends badly, and why. */
export interface Finding {
  readonly seed: number;
  readonly violation: Violation;
  readonly schedule: Schedule;
}

/** Plays one schedule after the other, one for each seed, and stops at the first that ends badly. */
export function explore(rules: MergeRules, firstSeed: number, count: number, wire?: WireOptions): Finding | undefined {
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const schedule = drawSchedule(new SeededRng(seed));
    const violation = new World(schedule, rules, wire).run();
    if (violation !== undefined) return { seed, violation, schedule };
  }
  return undefined;
}

/** The same violation with as few moves as leaving out single ones and pairs leads to. */
export function shrink({ seed, violation, schedule }: Finding, rules: MergeRules, wire?: WireOptions): Finding {
  const fails = (candidate: Schedule): boolean => new World(candidate, rules, wire).run() === violation;
  let best = schedule;
  let isSmaller = true;
  while (isSmaller) {
    isSmaller = false;
    for (const candidate of smaller(best)) {
      if (!fails(candidate)) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return { seed, violation, schedule: best };
}

/** Simpler schedules, the simplest first. */
function* smaller(schedule: Schedule): Generator<Schedule> {
  const { moves, skewMs, extrasMax, keyCount } = schedule;
  const without = (...indexes: number[]): Schedule => ({
    ...schedule,
    moves: moves.filter((_, index) => !indexes.includes(index)),
  });
  if (skewMs.some((skew) => skew !== 0)) yield { ...schedule, skewMs: skewMs.map(() => 0) };
  if (extrasMax < 256) yield { ...schedule, extrasMax: 256 };
  if (keyCount > 1) yield { ...schedule, keyCount: 1 };
  for (let index = moves.length - 1; index >= 0; index -= 1) yield without(index);
  for (let first = moves.length - 1; first > 0; first -= 1) {
    for (let second = first - 1; second >= 0; second -= 1) yield without(first, second);
  }
}

/** For a person who has to understand it, and to be pasted into a test. */
export function describe({ seed, violation, schedule }: Finding): string {
  const { nodeCount, keyCount, skewMs, extrasMax, moves } = schedule;
  const line = ({ kind, a, b, c }: Move): string =>
    `  { kind: '${kind}', a: ${a}, b: ${b}, c: ${c} }, // n${a % nodeCount}, n${b % nodeCount}`;
  const world = `{ nodeCount: ${nodeCount}, keyCount: ${keyCount}, skewMs: [${skewMs.join(', ')}], extrasMax: ${extrasMax} }`;
  return [`${violation} (seed ${seed}), ${moves.length} moves in ${world}`, ...moves.map(line)].join('\n');
}
