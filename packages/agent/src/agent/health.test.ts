import type { Cluster } from 'hearsay';
import { expect, test } from 'vitest';
import { AgentHealth } from './health.ts';

type Listener = (event: never) => void;

/** A cluster of which a test says what health looks at. */
class FakeCluster {
  readonly name: string = 'a';
  members: readonly { readonly name: string }[] = [{ name: 'a' }];
  localMember: { status: string } = { status: 'alive' };
  kv: { capableCount: number; sharedSyncs: number } | undefined;
  kvStore: { failingSinceMs: number | undefined } | undefined;
  readonly #listeners: Map<string, Listener> = new Map();

  on(type: string, listener: Listener): this {
    this.#listeners.set(type, listener);
    return this;
  }

  stats(): object {
    return { core: { kv: this.kv }, kvStore: this.kvStore };
  }

  deliver(type: string, event: object): void {
    this.#listeners.get(type)!(event as never);
  }
}

function start(startJoin: readonly string[] = []): { readonly cluster: FakeCluster; readonly failing: () => string[] } {
  const cluster = new FakeCluster();
  const health = new AgentHealth(cluster as unknown as Cluster, { startJoin, retryJoin: [], discover: '' });
  health.markStarted();
  const failing = (): string[] => health.readiness().flatMap(({ name, ok }) => (ok ? [] : [name]));
  return { cluster, failing };
}

test('an agent is not ready before it has started', () => {
  const cluster = new FakeCluster() as unknown as Cluster;
  const health = new AgentHealth(cluster, { startJoin: [], retryJoin: [], discover: '' });
  expect(health.readiness().filter(({ ok }) => !ok)).toEqual([
    { name: 'start', ok: false, message: 'the agent starts' },
  ]);
});

test('who has addresses to join is ready once another member was seen, also when it is the last one later', () => {
  const { cluster, failing } = start(['10.0.0.1']);
  expect(failing()).toEqual(['join']);
  cluster.deliver('member-join', { members: [{ name: 'a' }] });
  expect(failing()).toEqual(['join']);
  cluster.deliver('member-join', { members: [{ name: 'a' }, { name: 'b' }] });
  expect(failing()).toEqual([]);
});

test('who leaves is not ready', () => {
  const { cluster, failing } = start();
  expect(failing()).toEqual([]);
  cluster.localMember = { status: 'leaving' };
  expect(failing()).toEqual(['member']);
});

test('who ends is not ready, whatever its state in the pool, but alive', () => {
  const health = new AgentHealth(new FakeCluster() as unknown as Cluster, {
    startJoin: [],
    retryJoin: [],
    discover: '',
  });
  health.markStarted();
  health.markEnding();
  expect(health.readiness().filter(({ ok }) => !ok)).toEqual([{ name: 'end', ok: false, message: 'the agent ends' }]);
  expect(health.liveness().every(({ ok }) => ok)).toBe(true);
});

test('gossiped state counts once there is another member that has it', () => {
  const { cluster, failing } = start();
  cluster.kv = { capableCount: 1, sharedSyncs: 0 };
  expect(failing()).toEqual([]);
  cluster.kv = { capableCount: 2, sharedSyncs: 0 };
  expect(failing()).toEqual(['state']);
  cluster.kv = { capableCount: 2, sharedSyncs: 1 };
  expect(failing()).toEqual([]);
  cluster.kvStore = { failingSinceMs: 1 };
  expect(failing()).toEqual(['store']);
});

test('a node that has stopped is neither alive nor ready; a listener that failed is no matter', () => {
  const cluster = new FakeCluster();
  const settings = { startJoin: [], retryJoin: [], discover: '' };
  const health = new AgentHealth(cluster as unknown as Cluster, settings);
  cluster.deliver('error', { error: new Error('x'), isFatal: false });
  expect(health.liveness()).toEqual([{ name: 'cluster', ok: true, message: 'the node runs' }]);
  cluster.deliver('error', { error: new Error('the name is lost'), isFatal: true });
  expect(health.liveness()).toEqual([{ name: 'cluster', ok: false, message: 'the name is lost' }]);
  expect(health.readiness()[0]!.ok).toBe(false);
});
