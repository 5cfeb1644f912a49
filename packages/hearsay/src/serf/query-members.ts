import type { SerfMember } from './events.ts';

/** What queries need to know of a member. */
export type QueryMember = Pick<SerfMember, 'name' | 'address' | 'addr' | 'port' | 'status' | 'versions' | 'tags'>;

/** The member table as queries see it. */
export interface QueryMembers {
  /** Members of any status, this node included. */
  readonly count: number;
  get(name: string): QueryMember | undefined;
  /** Members of any status, this node included, in any order. */
  all(): Iterable<QueryMember>;
}
