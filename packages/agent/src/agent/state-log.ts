import type { Cluster } from 'hearsay';
import type { LeveledLogger } from './agent-log.ts';

/** Writes what gossiped state has to tell into the log: what somebody ought to look at as a warning. */
export function logState(cluster: Cluster, logger: LeveledLogger): void {
  cluster
    .on('kv-overwritten', ({ key, author }) =>
      logger.info({ key, author }, `a write to "${key}" was lost to one of ${author ?? 'a member unknown here'}`),
    )
    .on('kv-reissued', ({ key }) =>
      logger.info({ key }, `"${key}", written while this agent was away, is written anew`),
    )
    .on('kv-discarded', ({ key }) =>
      logger.warn({ key }, `a copy of "${key}", which the others have forgotten long ago, was dropped`),
    )
    .on('kv-filling', ({ lane, percent, what }) =>
      logger.warn({ lane, percent, what }, `${percent} % of the ${what} that the ${lane} keys may have are used`),
    )
    .on('kv-too-many-streams', ({ lane, count }) =>
      logger.warn({ lane, count }, `${count} members have written ${lane} keys: comparing them becomes dear`),
    )
    .on('kv-clock-skew', (event) =>
      logger.warn(
        event,
        'the clock of this agent is ahead of those of others: no shared keys are written until it is right',
      ),
    )
    .on('kv-clock-right', () => logger.info({}, 'the clock of this agent is right again'))
    .on('kv-backpressure', () => logger.warn({}, 'shared keys are written faster than they can be passed on'))
    .on('kv-drained', () => logger.info({}, 'all that was written is passed on'))
    .on('kv-limits-differ', (event) =>
      logger.warn(event, 'another member has other limits for gossiped state: give all the same'),
    );
}
