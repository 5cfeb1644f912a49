import type { Cluster, ClusterListener } from 'hearsay';
import { expect, test } from 'vitest';
import { AgentLog } from './agent-log.ts';
import { logState } from './state-log.ts';

/** A cluster that only tells, and what the agent logs of it. */
function listen(): { readonly tell: (event: { readonly type: string }) => void; readonly lines: string[] } {
  const listeners = new Map<string, ClusterListener<never>>();
  const cluster = {
    on(type: string, listener: ClusterListener<never>) {
      listeners.set(type, listener);
      return cluster;
    },
  };
  const log = new AgentLog('debug');
  const lines: string[] = [];
  log.addSink(({ level, message }) => void lines.push(`${level} ${message}`));
  logState(cluster as unknown as Cluster, log.logger('agent.kv'));
  return { tell: (event) => listeners.get(event.type)?.(event as never), lines };
}

test('what the state layer tells is logged, and as a warning what somebody ought to look at', () => {
  const { tell, lines } = listen();
  const stamp = { epoch: 0, ms: 1, counter: 0 };
  for (const event of [
    { type: 'kv-overwritten', key: 'k', author: 'b', value: 1, winner: 2, stamp },
    { type: 'kv-overwritten', key: 'k', author: undefined, value: 1, winner: 2, stamp },
    { type: 'kv-reissued', key: 'k', value: 1, stamp },
    { type: 'kv-discarded', key: 'k', value: 1, stamp },
    { type: 'kv-filling', lane: 'shared', percent: 80, what: 'keys' },
    { type: 'kv-too-many-streams', lane: 'shared', count: 2_000 },
    { type: 'kv-clock-skew', aheadMs: 60_000, refusedBy: ['b', 'c', 'd'] },
    { type: 'kv-clock-right', reissuedCount: 1 },
    { type: 'kv-backpressure', lagMs: 6_000, queuedCount: 4_096 },
    { type: 'kv-drained' },
    { type: 'kv-limits-differ', peer: 'b' },
  ]) {
    tell(event);
  }
  expect(lines).toEqual([
    'info a write to "k" was lost to one of b',
    'info a write to "k" was lost to one of a member unknown here',
    'info "k", written while this agent was away, is written anew',
    'warn a copy of "k", which the others have forgotten long ago, was dropped',
    'warn 80 % of the keys that the shared keys may have are used',
    'warn 2000 members have written shared keys: comparing them becomes dear',
    'warn the clock of this agent is ahead of others: shared keys cannot be written until it is right',
    'info the clock of this agent is right again',
    'warn shared keys are written faster than they can be passed on',
    'info all that was written has been passed on',
    'warn b has other limits for gossiped state: give all members the same',
  ]);
});
