import type { Cluster, ClusterEventOf } from 'hearsay';
import { expect, test } from 'vitest';
import { AgentEvents } from './agent-events.ts';
import { AgentLog } from './agent-log.ts';

test('who claims one name is logged with ports: both may be on one machine', () => {
  const listeners = new Map<string, (event: unknown) => void>();
  const cluster = { on: (type: string, listener: (event: unknown) => void) => listeners.set(type, listener) };
  const log = new AgentLog('info');
  const loggers = { agent: log.logger('agent'), serf: log.logger('serf') };
  const events = new AgentEvents(cluster as unknown as Cluster, loggers);
  events.subscribe(() => expect.unreachable('no handler and no stream is told'));
  const conflict = {
    member: { name: 'web', address: { host: '127.0.0.1', port: 7_946 } },
    other: { name: 'web', address: { host: '127.0.0.1', port: 7_947 } },
  } as ClusterEventOf<'name-conflict'>;
  listeners.get('name-conflict')!(conflict);
  expect(log.ring.lines('err').map(({ text }) => text.slice(20))).toEqual([
    '[ERR] serf: two members claim one name name=web address=127.0.0.1:7946 other=127.0.0.1:7947',
  ]);
});
