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
  const api = new ClusterApi({
    cluster: { tags: { old: 'x' }, setTags } as unknown as Cluster,
    events: { subscribe: () => () => {} } as never,
    log: new AgentLog('info'),
    broadcastTimeoutMs: 5_000,
    handlers: () => [],
    saveTags: (tags) => void written.push(tags),
    shutdown: () => {},
  });
  return { api, written };
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
