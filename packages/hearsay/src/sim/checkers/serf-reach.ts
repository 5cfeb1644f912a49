import type { Scenario } from '../scenario.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken } from './checker.ts';

/** An event or an answer takes some rounds of gossip; the rest is for slow links, and for a push/pull to bring the event. */
const REACH_MS = 20_000;
/** A query goes by gossip alone, which by chance may miss one; hardly the same one so many times. */
const QUERY_COUNT = 3;

/**
 * A pool that has come to rest works: an event reaches every live node once, and each answers a query. To be asked for
 * when faults are over, all of them.
 *
 * It comes from the node that knows of the latest event: one that has yet to hear of it dates its own as early, and who
 * joined without the old events takes it for one of them (Serf `eventMinTime`).
 */
export function checkSerfReach(scenario: Scenario): void {
  const core = scenario.liveNodes();
  const first = core.toSorted((a, b) => eventTimeOf(b) - eventTimeOf(a))[0];
  if (first === undefined) return;
  scenario.serf.answer('reach', (node) => node);
  scenario.serf.event(first.name, 'reach');
  const answered = new Set<string>();
  for (let i = 0; i < QUERY_COUNT; i++) {
    const query = scenario.serf.query(first.name, 'reach', null, { timeoutMs: REACH_MS / 2 });
    scenario.runForMs(REACH_MS);
    for (const { from } of query.responses) answered.add(from);
  }
  scenario.verify(() => {
    for (const { name } of core) {
      const events = scenario.fullEventsAt(name).filter((event) => event.type === 'user' && event.name === 'reach');
      if (events.length !== 1)
        throw new InvariantBroken('serf-reach', `${name} heard of the event ${events.length} times`);
      if (!answered.has(name)) throw new InvariantBroken('serf-reach', `${name} answered none of the queries`);
    }
  });
}

function eventTimeOf({ core }: SimNode): number {
  return core.serfStats?.eventTime ?? 0;
}
