import type { Metrics } from './metrics.ts';
import type { ScriptEvent } from './script-run.ts';

const memberCounters = {
  'member-join': 'serf.member.join',
  'member-leave': 'serf.member.left',
  'member-failed': 'serf.member.failed',
  'member-update': 'serf.member.update',
  'member-reap': undefined,
} as const;

/** Counts an event under the names Serf gives it. */
export function countEvent(metrics: Metrics, event: ScriptEvent): void {
  if (event.type === 'user') {
    metrics.count('serf.events');
    metrics.countNamed('serf.events', event.name);
  } else if (event.type === 'query') {
    metrics.count('serf.queries');
    metrics.countNamed('serf.queries', event.name);
  } else {
    const counter = memberCounters[event.type];
    if (counter !== undefined) metrics.count(counter, event.members.length);
  }
}
