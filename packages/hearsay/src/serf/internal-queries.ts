import type { SerfEnv, SerfHost } from './host.ts';
import type { QueryAnswerer, QueryEvent } from './query-answerer.ts';
import type { QueryMembers } from './query-members.ts';
import type { QueryStats } from './query-stats.ts';

export interface InternalQueriesParts {
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly members: QueryMembers;
  readonly answerer: QueryAnswerer;
  readonly stats: QueryStats;
}

/** Queries that Serf itself answers: those whose name begins with `_serf_`. */
export class InternalQueries {
  constructor(parts: InternalQueriesParts) {
    void parts;
  }

  /** True: it was one of ours, and the user does not hear of it. */
  handle(query: QueryEvent): boolean {
    void query;
    return false;
  }
}
