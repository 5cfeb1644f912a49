import type { ClusterNode, RequestId, TraceReport } from '../cluster/index.ts';
import type { Scenario } from './scenario.ts';

/** Lets a node of a scenario trace something, and runs until that is over. */
export function traceIn(
  scenario: Scenario,
  name: string,
  begin: (core: ClusterNode, nowMs: number) => RequestId,
): TraceReport {
  const reports = new Map<RequestId, TraceReport>();
  const asker = scenario.node(name);
  scenario.simulator.observe({
    onEvent: (node, event) => {
      if (node === asker && event.type === 'trace-done') reports.set(event.request, event.report);
    },
  });
  const request = asker.step(begin);
  scenario.runUntil(() => reports.has(request), traceLimitMs);
  return reports.get(request)!;
}

/** A little more than the longest trace takes. */
const traceLimitMs = 61_000;
