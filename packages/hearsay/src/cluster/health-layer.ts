import type { Swim } from '../swim/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { StepClock } from '../util/index.ts';

/** The names under which each member publishes how it is as a member. */
const healthMetricNames = { score: 'hearsay.health_score', stalled: 'hearsay.stalled_ms' } as const;
/** The time of which the longest stall is told. Chosen: several samples, so that none goes unread. */
const stalledSpanMs = 60_000;

/** Publishes this node's own health, and notes of others that are accused what they last said of theirs. */
export function publishHealth(telemetry: Telemetry, swim: Swim, clock: StepClock): void {
  const { folder } = telemetry;
  const { evidence } = swim;
  const score = telemetry.instrument('gauge', healthMetricNames.score);
  const stalled = telemetry.instrument('gauge', healthMetricNames.stalled);
  telemetry.onSample(() => {
    score.set(swim.healthScore);
    stalled.set(Math.round(evidence.longestStallMs(stalledSpanMs)));
  });
  evidence.attachHealth((name) => {
    const said = folder.ofMember(name, 'gauge', healthMetricNames.score);
    if (said === undefined) return undefined;
    const stalledMs = folder.ofMember(name, 'gauge', healthMetricNames.stalled)?.sketch.max ?? 0;
    return { atMs: clock.nowMs - said.ageMs, healthScore: said.sketch.max, stalledMs };
  });
}
