/** What the events of a run come to, by the definitions of Lifeguard. */

/**
 * What a member has said.
 * @typedef {{ type: 'up' | 'failed' | 'suspect', atMs: number, by: string, about: string }} RealEvent
 */

/**
 * False positives: events "failed" about a member that was well, at whichever member, and of these the ones at members
 * that were well themselves. False suspicions: how often somebody's own probe of a member that was well failed. Events are
 * counted, not members.
 * @param {readonly RealEvent[]} events
 * @param {ReadonlySet<string>} anomalous names of those that were paused or killed
 */
export function falsePositives(events, anomalous) {
  const wrong = events.filter(({ about }) => !anomalous.has(about));
  const failed = wrong.filter(({ type }) => type === 'failed');
  return {
    falseSuspicions: wrong.filter(({ type }) => type === 'suspect').length,
    falsePositives: failed.length,
    atHealthy: failed.filter(({ by }) => !anomalous.has(by)).length,
  };
}

/**
 * How long after `startedAtMs` somebody's own probe suspected `victim`, somebody declared it failed, and the last
 * healthy member had. Undefined: not at all.
 * @param {readonly RealEvent[]} events
 * @param {string} victim
 * @param {readonly string[]} healthy
 * @param {number} startedAtMs
 */
export function detection(events, victim, healthy, startedAtMs) {
  const isHealthy = new Set(healthy);
  const about = events.filter(
    (event) => event.about === victim && event.atMs >= startedAtMs && isHealthy.has(event.by),
  );
  const failed = about.filter(({ type }) => type === 'failed');
  const firstBy = new Map();
  for (const { by, atMs } of failed) firstBy.set(by, Math.min(atMs, firstBy.get(by) ?? atMs));
  const first = (some) => (some.length === 0 ? undefined : Math.min(...some.map(({ atMs }) => atMs)) - startedAtMs);
  return {
    suspectedMs: first(about.filter(({ type }) => type === 'suspect')),
    firstMs: first(failed),
    fullMs: firstBy.size === healthy.length ? Math.max(...firstBy.values()) - startedAtMs : undefined,
  };
}
