/**
 * A process that writes gossiped state is killed at random moments, again and again in one folder. Each time the next one
 * must find what was there at some moment of the last 200 ms, and must never give a version that was given before.
 *
 *   HEARSAY_KILLS=1000 npx vitest run test/e2e/kv-kill.test.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Cluster } from 'hearsay';
import { expect, onTestFinished, test } from 'vitest';
import { addressOf, startMember } from '../support/real-clusters.ts';

const kills = Number(process.env['HEARSAY_KILLS'] ?? 8);
const childProgram = fileURLToPath(new URL('../support/child-writer.mjs', import.meta.url));
/** Until then all must be on the disk (docs/state-on-disk.md); a kill alone loses less. */
const syncAfterMs = 200;
/** On a machine with other work a process, and its disk, may be held up for as long again, and more. */
const heldUpMs = 800;

/** Lane, key, number of the write, stream, version. */
type Written = readonly [lane: number, key: string, number: number, stream: string, version: number];

interface Life {
  readonly found: readonly Written[];
  readonly isCleanStop: boolean;
  readonly startMs: number;
  readonly events: readonly string[];
  readonly generation: string;
  readonly wrote: readonly { readonly written: Written; readonly atMs: number }[];
  /** Wall time of the kill; undefined when it was stopped. */
  readonly killedAtMs: number | undefined;
}

/** One process, from its start until some time after it has begun to write. */
async function live(folder: string, firstNumber: number, forMs: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<Life> {
  const child = spawn(process.execPath, [childProgram, folder, `${firstNumber}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  let killedAtMs: number | undefined;
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length !== 1) return;
    setTimeout(() => {
      if (signal === 'SIGKILL') killedAtMs = Date.now();
      child.kill(signal);
    }, forMs);
  });
  await Promise.all([exited, once(reader, 'close')]);
  // The last line may be cut.
  const parsed = lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Record<string, unknown>);
  const [first, ...others] = parsed;
  const wrote = others.flatMap((line) =>
    'wrote' in line ? [{ written: line['wrote'] as Written, atMs: line['atMs'] as number }] : [],
  );
  return { ...(first as unknown as Life), wrote, killedAtMs };
}

test(`no version is given twice, and nothing older than the last moments is lost, however often it is killed`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const numberOf = new Map<string, number>();
  /** By lane and key, what it may show: all writes since the one that is certain. */
  let history: { readonly written: Written; readonly atMs: number }[] = [];
  let nextNumber = 1;
  const totals = { writes: 0, kills: 0, stops: 0, lost: 0, lostMs: 0, late: 0, startMs: 0, torn: 0 };
  let before: Life | undefined;
  while (totals.kills < kills) {
    const isStop = Math.random() < 0.2;
    const life = await live(join(folder, 'data'), nextNumber, Math.random() * 250, isStop ? 'SIGTERM' : 'SIGKILL');
    for (const { written } of life.wrote) {
      const [, , number, stream, version] = written;
      expect(numberOf.get(`${stream}/${version}`), `${stream}/${version} is given once`).toBeUndefined();
      numberOf.set(`${stream}/${version}`, number);
    }
    // What it found is what was, at some moment.
    const last = Math.max(0, ...life.found.map(([, , number]) => number));
    const kept = history.filter(({ written }) => written[2] <= last);
    expect(shownBy(life.found)).toEqual(shownBy(kept.map(({ written }) => written)));
    const lost = history.slice(kept.length);
    if (before?.killedAtMs === undefined) expect(lost).toEqual([]);
    else for (const { atMs } of lost) expect(before.killedAtMs - atMs).toBeLessThan(syncAfterMs + heldUpMs);
    expect(life.isCleanStop).toBe(before !== undefined && before.killedAtMs === undefined);
    if (before !== undefined && life.isCleanStop) expect(life.generation).toBe(before.generation);
    else if (before !== undefined) expect(life.generation > before.generation).toBe(true);
    expect(life.events.filter((type) => type !== 'store-torn')).toEqual([]);
    totals.lost += lost.length;
    const lostMs = lost.length === 0 ? 0 : before!.killedAtMs! - lost[0]!.atMs;
    totals.lostMs = Math.max(totals.lostMs, lostMs);
    if (lostMs > syncAfterMs) totals.late += 1;
    totals.writes += life.wrote.length;
    totals.startMs = Math.max(totals.startMs, Math.round(life.startMs));
    totals.torn += life.events.length;
    totals[isStop ? 'stops' : 'kills'] += 1;
    history = [...latest(kept), ...life.wrote];
    nextNumber = Math.max(nextNumber, ...life.wrote.map(({ written }) => written[2] + 1));
    before = life;
  }
  console.log(
    `${totals.writes} writes, ${totals.kills} kills, ${totals.stops} clean stops: ${totals.lost} writes lost, ` +
      `the oldest ${totals.lostMs} ms before its kill (bar: ${syncAfterMs} ms, ` +
      `exceeded ${totals.late} times); ${totals.torn} torn logs; ` +
      `slowest start ${totals.startMs} ms (bar: 2,000 ms)`,
  );
  expect(totals.writes).toBeGreaterThan(kills);
}, 3_600_000);

test('a member that is killed begins with what it owned, and gets back from a peer what that had', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const peer = await startMember('peer', { kv: { periodMs: 200 } });
  const program = fileURLToPath(new URL('../support/child-state.mjs', import.meta.url));
  let bind = '127.0.0.1:0';
  let next = 1;
  for (let kill = 0; kill < 4; kill += 1) {
    const args = [program, join(folder, 'data'), bind, addressOf(peer), `${next}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    reader.on('line', (line) => lines.push(line));
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const { port, own } = JSON.parse(lines[0]!) as { port: number; own: number };
    bind = `127.0.0.1:${port}`;
    const hadOwn = kill === 0 ? 0 : peer.kv.nodes.get('writer')!.get<number>('own')!;
    // It writes one in 5 ms, and what it told others may be ahead of its disk.
    expect(own).toBeGreaterThan(hadOwn - (syncAfterMs + heldUpMs) / 5);
    const first = next;
    await expect
      .poll(() => peer.kv.nodes.get('writer')?.get<number>('own') ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(first);
    child.kill('SIGKILL');
    await Promise.all([exited, once(reader, 'close')]);
    next = 1 + Math.max(...lines.slice(1).map((line) => (JSON.parse(line) as { wrote: number }).wrote));
  }
  // A last life that writes nothing the peer does not hear of: both show the same.
  const valuesAt = (cluster: Cluster): string =>
    [...cluster.kv.shared.list('key ')]
      .map(({ key, value }) => `${key}: ${String(value)}`)
      .toSorted()
      .join();
  const last = await startMember('writer', {
    bind,
    seeds: [addressOf(peer)],
    kv: { dataDir: join(folder, 'data'), periodMs: 200 },
  });
  await last.waitForMembers(2, { timeoutMs: 10_000 });
  await expect.poll(() => valuesAt(last) === valuesAt(peer), { timeout: 20_000 }).toBe(true);
  const highest = Math.max(...[...last.kv.shared.list<number>('key ')].map(({ value }) => value));
  expect(highest).toBeLessThan(next);
  expect(last.kv.own.get<number>('own')).toBeLessThan(next);
}, 120_000);

/** What each key shows after these writes: a number of each. Versions may be others, of a later generation. */
function shownBy(writes: readonly Written[]): [string, number][] {
  const shown = new Map<string, number>();
  for (const [lane, key, number] of writes)
    shown.set(`${lane} ${key}`, Math.max(number, shown.get(`${lane} ${key}`) ?? 0));
  return [...shown].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Without what was replaced. */
function latest<T extends { readonly written: Written }>(writes: readonly T[]): T[] {
  return [...new Map(writes.map((write) => [`${write.written[0]} ${write.written[1]}`, write])).values()].toSorted(
    (a, b) => a.written[2] - b.written[2],
  );
}
