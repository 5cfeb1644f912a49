import type { SwimTraceEvent } from 'hearsay';
import type { LeveledLogger } from './agent-log.ts';

/**
 * A trace that logs whom this member suspects, gives up and denies, in the lines and under the name (`memberlist`) that
 * people look for in the log of a Serf agent. `self` is this member's name.
 */
export function suspicionLog(logger: LeveledLogger, self: string): (event: SwimTraceEvent) => void {
  /** How many others have confirmed that a member does not answer. */
  const confirmations = new Map<string, number>();
  return (event) => {
    switch (event.type) {
      case 'probe-failed':
        return logger.info({}, `Suspect ${event.target} has failed, no acks received`);
      case 'suspect':
        return void confirmations.set(event.node, 0);
      case 'suspicion-confirmed':
        return void confirmations.set(event.node, event.confirmations);
      case 'dead': {
        const count = confirmations.get(event.node) ?? 0;
        confirmations.delete(event.node);
        if (event.from !== self) return;
        return logger.info(
          {},
          `Marking ${event.node} as failed, suspect timeout reached (${count} peer confirmations)`,
        );
      }
      case 'alive':
      case 'left':
        return void confirmations.delete(event.node);
      case 'refute':
        return logger.warn({}, `Refuting a suspect message (from: ${event.accuser ?? 'a state exchange'})`);
      default:
    }
  };
}
