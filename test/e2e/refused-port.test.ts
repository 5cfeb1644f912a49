import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { addressOf, heard, startMembers } from '../support/real-clusters.ts';

// A process is killed for good while its machine lives: its kernel refuses what is sent to the port.

const childProgram = fileURLToPath(new URL('../support/child-member.mjs', import.meta.url));
const periodMs = 2_000;
/** A probe timeout that an idle process never comes near to, and that leaves the period far behind. */
const swim = { probeIntervalMs: periodMs, probeTimeoutMs: 500, gossipIntervalMs: 50 };

/** How long the probe took that led to the suspicion of a killed process, and what the members tell of it. */
async function killOne(rules: 'sharp' | 'memberlist'): Promise<{ tookMs: number; text: string }> {
  const members = await startMembers(['a', 'b', 'c'], { swim, rules });
  const joined = heard(members[0]!, 'member-join', ({ member }) => member.name.startsWith('child-'));
  const child = spawn(process.execPath, [childProgram, 'member', addressOf(members[0]!), JSON.stringify(swim)], {
    stdio: 'inherit',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { name } = (await joined).member;
  await Promise.all(members.map((member) => member.waitForMembers(4, { timeoutMs: 5_000 })));
  child.kill('SIGKILL');
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const reports = await Promise.all(members.map((member) => member.why(name)));
    const texts = reports.flatMap(({ timeline }) => timeline.map(({ text }) => text));
    const text = texts.find((line) => line.includes('no answer at all'));
    if (text !== undefined) return { tookMs: 1_000 * Number(/pinged it ([\d.]+) s before/.exec(text)![1]), text };
  }
}

test('a process that is killed is suspected as soon as those asked have no answer either', async () => {
  const { tookMs, text } = await killOne('sharp');
  expect(text).toContain('stream refused');
  expect(text).toContain('nack');
  // 0.1 s of silence, then 0.4 s until the one who was asked says that it has no answer.
  expect(tookMs).toBeGreaterThanOrEqual(400);
  expect(tookMs).toBeLessThan(0.7 * periodMs);
});

test('with the rules of memberlist it is when the period is over', async () => {
  const { tookMs, text } = await killOne('memberlist');
  expect(text).toContain('stream refused');
  expect(tookMs).toBeGreaterThanOrEqual(periodMs);
});
