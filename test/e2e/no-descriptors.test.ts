import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { addressOf, heard, quickTimers, startMembers } from '../support/real-clusters.ts';

const childProgram = fileURLToPath(new URL('../support/child-hungry.mjs', import.meta.url));

/** What the child says when it has done what it was told. */
interface Answer {
  readonly taken: number;
  /** Of each member that it sees. */
  readonly news: readonly string[];
}

test('a process without file descriptors stays a member, takes no streams, and takes them again when it has some', async () => {
  const members = await startMembers(['a', 'b']);
  const [a, b] = [members[0]!, members[1]!];
  const failures: string[] = [];
  void (async () => {
    for await (const { member } of a.events({ types: ['member-failed'] })) failures.push(member.name);
  })();
  const joined = heard(a, 'member-join', ({ member }) => member.name === 'hungry');
  const command = `ulimit -n 1024; exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, childProgram, addressOf(a), JSON.stringify(quickTimers)];
  const child = spawn('sh', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { address } = (await joined).member;
  await b.waitForMembers(3, { timeoutMs: 5_000 });
  const tell = async (order: 'take' | 'give'): Promise<Answer> => {
    child.send(order);
    const [answer] = (await once(child, 'message')) as [Answer];
    return answer;
  };
  const childAddress = `${address!.host}:${address!.port}`;

  expect((await tell('take')).taken).toBeGreaterThan(10);
  await expect(a.join(childAddress)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
  // Its own push/pulls find no socket either: two of its periods of them, with news between.
  await a.setTags({ news: '1' });
  await new Promise((resolve) => setTimeout(resolve, 2 * quickTimers.pushPullIntervalMs!));
  const { taken, news } = await tell('give');
  expect(taken).toBe(0);
  expect(news.toSorted()).toEqual(['', '', '1']);
  await a.join(childAddress);
  expect(child.exitCode).toBeNull();
  expect(failures).toEqual([]);
});
