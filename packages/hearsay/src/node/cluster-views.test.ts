import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { addressOf, startMember, startMembers } from '../../../../test/support/real-clusters.ts';
import { disagreementInWords } from './cluster-views.ts';

const holder = { name: 'n', ageMs: 0, sequence: 0, counts: { alive: 1, suspect: 0, failed: 0, left: 0 }, all: '' };
const group = { live: '', liveCount: 5, isOurs: true, members: [holder], differs: undefined };

test('members that agree are in one group at each of them, and who waits for that hears of it', async () => {
  const members = await startMembers(['a', 'b', 'c']);
  for (const member of members) {
    const views = await member.converged({ timeoutMs: 10_000 });
    expect(views.groups.map((each) => each.members.map(({ name }) => name))).toEqual([['a', 'b', 'c']]);
    expect(views.groups[0]!.liveCount).toBe(3);
  }
  await members[2]!.close();
  await members[0]!.waitForMembers(3, { timeoutMs: 1_000 });
  while (members[0]!.members.length > 2) await delay(20);
  const views = await members[0]!.converged({ timeoutMs: 10_000 });
  expect(views.groups.map(({ liveCount }) => liveCount)).toEqual([2]);
});

test('two members tell where they disagree, in tags as well', async () => {
  const [a, b] = await startMembers(['a', 'b']);
  expect(await a!.diff('a', 'b')).toMatchObject({ differences: [], differenceCount: 0 });
  const changed = b!.setTags({ role: 'db' });
  const diff = await b!.diff('b', 'nobody', { timeoutMs: 200 });
  expect(diff.b.absence).toBe('unknown');
  await changed;
  while (a!.member('b')?.tags['role'] !== 'db') await delay(20);
  expect((await a!.diff('a', 'b')).differenceCount).toBe(0);
});

test('who waits for agreement in vain is told who disagrees, and can give up', async () => {
  const [a] = await startMembers(['a', 'b']);
  const newcomer = await startMember('c');
  await newcomer.join(addressOf(a!));
  // Its digest comes a quarter of a second after it changed, and then spreads.
  const refused = {
    code: 'ERR_TIMEOUT',
    message: expect.stringMatching(/within 20 ms: .* come from (b, )?c$/) as string,
  };
  await expect(newcomer.converged({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  await expect(a!.converged({ timeoutMs: 20 })).rejects.toMatchObject(refused);
  const reason = new Error('enough');
  const abort = new AbortController();
  const aborted = a!.converged({ signal: abort.signal });
  abort.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  const closed = a!.converged();
  const compared = a!.diff('b', 'c');
  await Promise.all([
    expect(closed).rejects.toMatchObject({ code: 'ERR_STATE' }),
    expect(compared).rejects.toMatchObject({ code: 'ERR_STATE' }),
    a!.close(),
  ]);
  expect(() => a!.views()).toThrow('the cluster is closed');
});

test('a member that takes no part in state has no views', async () => {
  const without = await startMember('d', { kv: false });
  expect(() => without.views()).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  await expect(without.converged()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  await expect(without.diff('a', 'b')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
});

test.each([
  [[group], [], '1 view of members (1 with 5 live)'],
  [
    [group, { ...group, members: [holder, holder], liveCount: 4, isOurs: false }],
    ['x', 'y', 'z', 'v'].map((name) => ({ name, reason: 'no digest' as const })),
    '2 views of members (1 with 5 live, 2 with 4 live); no digest has come from x, y, z and 1 more',
  ],
  [[group], [{ name: 's', reason: 'stock' as const }], '1 view of members (1 with 5 live)'],
])('a disagreement is put into words', (groups, silent, words) => {
  expect(disagreementInWords({ groups, silent, isAgreed: false })).toBe(words);
});
