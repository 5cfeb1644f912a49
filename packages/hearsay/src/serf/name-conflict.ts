import type { SerfConfig } from './config.ts';
import type { SerfHost } from './host.ts';
import type { QueryAsker } from './query-asker.ts';
import type { QueryStats } from './query-stats.ts';

export interface NameConflictParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly asker: QueryAsker;
  readonly stats: QueryStats;
}

/** The vote over this node's own name when another node claims it from another address. */
export class NameConflict {
  constructor(parts: NameConflictParts) {
    void parts;
  }

  /** Another node claims this node's name. Starts a vote unless one is under way or votes are switched off. */
  onOwnNameClaimed(): void {}

  /** The vote is off. */
  stop(): void {}
}
