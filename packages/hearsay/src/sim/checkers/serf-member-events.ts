import type { LegalSteps } from './member-events.ts';

/**
 * What a user of a Serf pool may hear of a member. Other than in a plain pool one that failed may turn out to have left,
 * and one that is pruned is forgotten although membership still sees it.
 */
export const serfSteps: LegalSteps = {
  'member-join': { from: ['unknown', 'failed', 'left'], to: 'present' },
  'member-update': { from: ['present'], to: 'present' },
  'member-leave': { from: ['present', 'failed'], to: 'left' },
  'member-failed': { from: ['present'], to: 'failed' },
  'member-reap': { from: ['present', 'failed', 'left'], to: 'unknown' },
};
