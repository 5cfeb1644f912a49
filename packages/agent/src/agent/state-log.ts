import type { Cluster } from 'hearsay';
import type { LeveledLogger } from './agent-log.ts';

/** Writes what gossiped state has to tell into the log: what somebody ought to look at as a warning. */
export function logState(cluster: Cluster, logger: LeveledLogger): void {
  cluster
    .on('kv-overwritten', ({ key, author = 'a member unknown here' }) =>
      logger.info({}, `a write to "${key}" was lost to one of ${author}`),
    )
    .on('kv-reissued', ({ key }) => logger.info({}, `"${key}", written while this agent was away, is written anew`))
    .on('kv-discarded', ({ key }) =>
      logger.warn({}, `a copy of "${key}", which the others have forgotten long ago, was dropped`),
    )
    .on('kv-filling', ({ lane, percent, what }) =>
      logger.warn({}, `${percent} % of the ${what} that the ${lane} keys may have are used`),
    )
    .on('kv-too-many-streams', ({ lane, count }) =>
      logger.warn({}, `${count} members have written ${lane} keys: comparing them becomes dear`),
    )
    .on('kv-clock-skew', ({ aheadMs, refusedBy }) =>
      logger.warn(
        { aheadMs, refusedBy },
        'the clock of this agent is ahead of others: shared keys cannot be written until it is right',
      ),
    )
    .on('kv-clock-right', () => logger.info({}, 'the clock of this agent is right again'))
    .on('kv-backpressure', ({ lagMs, queuedCount }) =>
      logger.warn({ lagMs, queuedCount }, 'shared keys are written faster than they can be passed on'),
    )
    .on('kv-drained', () => logger.info({}, 'all that was written has been passed on'))
    .on('kv-limits-differ', ({ peer }) =>
      logger.warn({}, `${peer} has other limits for gossiped state: give all members the same`),
    );
}
