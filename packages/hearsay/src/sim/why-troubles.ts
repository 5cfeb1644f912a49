import type { WhyCause } from '../cluster/index.ts';

/**
 * What is done to a member, or to the one that watches it:
 *
 * - `crash`: the process ends, its machine is up; `machine-down`: the machine goes too
 * - `one-way-cut`: it hears nobody, or nobody hears it; `both-way-cut`: it is cut off, alone or with others
 * - `partial-cut`: it and a part of the members do not hear each other, one way or both; the others reach it
 * - `lossy-link`: most of its packets are lost, one way or both
 * - `paused-observer`: the one that watches it gets hardly any time
 * - `paused-target`: it gets no time for a second or two, until it is dead to all, or for good; `starved-target`: a little
 *   time now and then
 * - `leave`, `restart`; `name-conflict`: another process starts with its name
 * - `cut-off-still`: it is cut off alone and has not come back, which from outside looks as a machine that went down
 */
export const whyTroubles = [
  'crash',
  'machine-down',
  'one-way-cut',
  'both-way-cut',
  'partial-cut',
  'lossy-link',
  'paused-observer',
  'paused-target',
  'starved-target',
  'leave',
  'restart',
  'name-conflict',
  'cut-off-still',
] as const;

/** One of the {@link whyTroubles}. */
export type WhyTrouble = (typeof whyTroubles)[number];

/** What a right verdict says. For `cut-off-still`, which nobody can tell, both of what it may have been must be named. */
export const rightVerdicts: Readonly<Record<WhyTrouble, WhyCause>> = {
  crash: 'target-died',
  'machine-down': 'target-died',
  'one-way-cut': 'path-broken',
  'both-way-cut': 'path-broken',
  'partial-cut': 'path-broken',
  'lossy-link': 'path-broken',
  'paused-observer': 'observer-stalled',
  'paused-target': 'target-stalled',
  'starved-target': 'target-stalled',
  leave: 'left-on-purpose',
  restart: 'restarted',
  'name-conflict': 'name-conflict',
  'cut-off-still': 'target-died',
};
