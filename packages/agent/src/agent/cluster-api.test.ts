import { ClusterError, type Cluster } from 'hearsay';
import { expect, test } from 'vitest';
import { AgentLog } from './agent-log.ts';
import { ClusterApi } from './cluster-api.ts';

type Tags = Readonly<Record<string, string>>;

/** The API of a cluster that takes new tags as `setTags` does, and what was written to the file of tags. */
function apiOf(setTags: () => Promise<{ readonly spread: boolean }>): {
  readonly api: ClusterApi;
  readonly written: readonly Tags[];
} {
  const written: Tags[] = [];
  return { api: apiOver({ tags: { old: 'x' }, setTags }, (tags) => void written.push(tags)), written };
}

function apiOver(cluster: unknown, saveTags: (tags: Tags) => void = () => {}): ClusterApi {
  return new ClusterApi({
    cluster: cluster as Cluster,
    events: { subscribe: () => () => {} } as never,
    log: new AgentLog('info'),
    broadcastTimeoutMs: 5_000,
    handlers: () => [],
    saveTags,
    kv: undefined,
    onLeave: () => {},
    shutdown: () => {},
  });
}

test('tags that have not spread in time are an error, and stay', async () => {
  const { api, written } = apiOf(() => Promise.resolve({ spread: false }));
  await expect(api.changeTags([], { a: 'b' })).rejects.toThrow('timeout waiting for update broadcast');
  expect(written).toEqual([{ old: 'x', a: 'b' }]);
});

test('tags that are refused are taken back out of the file', async () => {
  const { api, written } = apiOf(() => Promise.reject(new ClusterError('ERR_TAGS_TOO_LARGE', 'too long')));
  await expect(api.changeTags(['old'], { a: 'b' })).rejects.toThrow('too long');
  expect(written).toEqual([{ a: 'b' }, { old: 'x' }]);
});

test('a second leave waits for the one that is under way', async () => {
  const ends: ((result: { readonly spread: boolean }) => void)[] = [];
  const api = apiOver({ leave: () => new Promise((resolve) => ends.push(resolve)) });
  let leftCount = 0;
  const leaves = [api.leave(), api.leave()].map((leave) => leave.then(() => (leftCount += 1)));
  await Promise.resolve();
  expect([ends.length, leftCount]).toEqual([1, 0]);
  ends[0]!({ spread: true });
  await Promise.all(leaves);
  expect(leftCount).toBe(2);
});
