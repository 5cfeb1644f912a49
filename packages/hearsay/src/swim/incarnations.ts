import { swimLimits } from './limits.ts';

/** The one that a member begins with. */
export const firstIncarnation = 1;

/**
 * Whether a member at incarnation `own` denies an accusation at `incarnation`: its denial is one above, and no further
 * ahead than its peers follow.
 */
export function isDeniable(incarnation: number, own: number): boolean {
  const { incarnationJumpMax, incarnationMax } = swimLimits;
  return incarnation - own < incarnationJumpMax && incarnation < incarnationMax;
}
