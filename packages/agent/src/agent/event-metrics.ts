import type { Metrics } from './metrics.ts';
import type { ScriptEvent } from './script-run.ts';

/** Counts an event under the names Serf gives it. News of members are counted before they are collected to events. */
export function countEvent(metrics: Metrics, event: ScriptEvent): void {
  if (event.type === 'user') {
    metrics.count('serf.events');
    metrics.countNamed('serf.events', event.name);
  } else if (event.type === 'query') {
    metrics.count('serf.queries');
    metrics.countNamed('serf.queries', event.name);
  }
}
