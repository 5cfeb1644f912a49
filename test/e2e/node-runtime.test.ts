import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createCluster, formatAddress, type SwimTraceEvent } from 'hearsay';
import { expect, onTestFinished, test } from 'vitest';
import {
  addressOf,
  blockEventLoopMs,
  heard,
  quickTimers,
  startMember,
  startMembers,
} from '../support/real-clusters.ts';

const childProgram = fileURLToPath(new URL('../support/child-member.mjs', import.meta.url));

/** Notes of what it accuses others a node has, and lets a test wait for its next protocol periods. */
function watchProber() {
  const accusations: SwimTraceEvent[] = [];
  const waiting: (() => void)[] = [];
  return {
    accusations,
    trace: (event: SwimTraceEvent): void => {
      if (event.type === 'suspect' || event.type === 'probe-failed') accusations.push(event);
      if (event.type === 'probe-started') waiting.splice(0).forEach((resolve) => resolve());
    },
    periods: async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

/** Time enough for a suspicion of the quick timers to become a death several times over. */
const patientTimers = { ...quickTimers, suspicionMult: 25, suspicionMaxTimeoutMult: 1 };

test('a blocked event loop accuses nobody: all nodes blocked together', async () => {
  const { trace, periods, accusations } = watchProber();
  const clusters = await startMembers(['n1', 'n2', 'n3'], { swim: patientTimers, trace });
  for (let i = 0; i < 3; i++) {
    blockEventLoopMs(700);
    await periods(6);
  }
  expect(accusations).toEqual([]);
  expect(clusters[0]!.stats().driver.timersLate).toBeGreaterThanOrEqual(3);
});

test('a blocked event loop accuses nobody: one node blocked, the other well', async () => {
  const { trace, periods, accusations } = watchProber();
  const n1 = await startMember('n1', { swim: patientTimers, trace });
  startChild('member', addressOf(n1), JSON.stringify(patientTimers));
  await n1.waitForMembers(2, { timeoutMs: 10_000 });
  const failed: string[] = [];
  n1.on('member-failed', ({ member }) => failed.push(member.name));
  for (let i = 0; i < 3; i++) {
    // From within a probe, so that its ack comes while nobody can read it.
    await periods(1);
    blockEventLoopMs(1_000);
  }
  await periods(4);
  expect(accusations).toEqual([]);
  expect(failed).toEqual([]);
  expect(n1.stats().driver.maxLatenessMs).toBeGreaterThan(700);
});

test('a port that is taken is an error that says what to do', async () => {
  const n1 = await startMember('n1');
  await expect(createCluster({ bind: addressOf(n1) })).rejects.toMatchObject({
    code: 'ERR_BIND',
    message: expect.stringMatching(new RegExp(`${addressOf(n1)}: EADDRINUSE.*port 0`)),
  });
});

test('a listener that throws breaks nothing and is reported', async () => {
  const n1 = await startMember('n1');
  const reports: string[] = [];
  n1.on('error', ({ during, error }) => reports.push(`${during}: ${String(error)}`));
  n1.on('member-join', () => {
    throw new Error('not my day');
  });
  const n2 = await startMember('n2');
  await n2.join(addressOf(n1));
  await n1.waitForMembers(2, { timeoutMs: 5_000 });
  expect(reports).toEqual(['member-join: Error: not my day']);
  n1.event('still here');
});

test('an event stream that is not read keeps the newest events and counts the others', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], { pool: 'memberlist' });
  const stream = n1!.events({ types: ['user-message'], capacity: 2 });
  const strict = n1!.events({ types: ['user-message'], capacity: 2, overflow: 'error' });
  const last = heard(n1!, 'user-message', ({ payload }) => payload[0] === 4);
  for (let id = 1; id <= 4; id++) {
    const arrived = heard(n1!, 'user-message', ({ payload }) => payload[0] === id);
    n2!.send('n1', Uint8Array.of(id));
    await arrived;
  }
  await last;
  expect(stream.dropped).toBe(2);
  expect((await stream.next()).value).toMatchObject({ payload: Uint8Array.of(3) });
  expect((await strict.next()).value).toMatchObject({ payload: Uint8Array.of(1) });
  await strict.next();
  await expect(strict.next()).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' });
});

test('a join of an address that never answers can be given up, by signal and by time', async () => {
  const blackHole = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void blackHole.close());
  await once(blackHole, 'listening');
  const address = `127.0.0.1:${(blackHole.address() as AddressInfo).port}`;
  const n1 = await startMember('n1', { swim: { ...quickTimers, streamTimeoutMs: 60_000 } });
  const controller = new AbortController();
  const join = n1.join(address, { signal: controller.signal });
  await once(blackHole, 'connection');
  controller.abort(new Error('no time'));
  await expect(join).rejects.toThrow('no time');
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  await expect(n1.join(address, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
});

test('the end of its scope makes a node leave, then close', async () => {
  const n1 = await startMember('n1');
  const farewell = heard(n1, 'member-leave', ({ member }) => member.name === 'n2');
  let leaver;
  {
    await using n2 = await createCluster({ name: 'n2', bind: '127.0.0.1:0', profile: 'local', swim: quickTimers });
    leaver = n2;
    await n2.join(addressOf(n1));
    await n1.waitForMembers(2, { timeoutMs: 5_000 });
  }
  await farewell;
  await leaver[Symbol.asyncDispose]();
  await leaver.close();
  await expect(leaver.join(addressOf(n1))).rejects.toMatchObject({ code: 'ERR_STATE' });
  expect(() => leaver.event('x')).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
});

test('the close ends what waits: calls, event streams, and a signal closes too', async () => {
  const controller = new AbortController();
  const n1 = await startMember('n1', { signal: controller.signal });
  const waiting = n1.waitForMembers(2);
  const reading = n1.events().next();
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_STATE' });
  expect(await reading).toEqual({ done: true, value: undefined });
  await startMember('n2', { bind: addressOf(n1) });
  await expect(createCluster({ signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
});

test('wrong options are refused with a code, and leave no socket open', async () => {
  const bind = addressOf(await startMember('n1').then(async (cluster) => (await cluster.close(), cluster)));
  const refusals = [
    [{ bind, keys: [new Uint8Array(5)] }, 'ERR_KEY_LENGTH'],
    [{ bind, keys: ['not base64!'] }, 'ERR_KEY_LENGTH'],
    [{ bind, pool: 'memberlist', meta: new Uint8Array(600) }, 'ERR_META_TOO_LARGE'],
    [{ bind, name: '' }, 'ERR_CONFIG'],
    [{ bind, swim: { probeTimeoutMs: 5_000 } }, 'ERR_CONFIG'],
    [{ bind, profile: 'moon' as 'lan' }, 'ERR_CONFIG'],
    [{ bind, advertise: '0.0.0.0' }, 'ERR_ADDRESS'],
    [{ bind, seeds: ['host:port'] }, 'ERR_ADDRESS'],
    [{ bind: 'nowhere:x' }, 'ERR_ADDRESS'],
  ] as const;
  for (const [options, code] of refusals) await expect(createCluster(options)).rejects.toMatchObject({ code });
  await startMember('n1', { bind });
});

test('a node that is told to unref lets the process exit by itself', async () => {
  const [exitCode] = (await once(startChild('unref'), 'exit')) as [number];
  expect(exitCode).toBe(0);
});

test('metrics are flat names and numbers', async () => {
  const [n1] = await startMembers(['n1', 'n2']);
  const metrics = n1!.metrics();
  expect(metrics['members']).toBe(2);
  expect(metrics['udp.receiveBufferBytes']).toBeGreaterThan(0);
  expect(Object.values(metrics).every((value) => typeof value === 'number')).toBe(true);
  expect(formatAddress(n1!.address)).toBe(addressOf(n1!));
});

function startChild(...args: string[]): ReturnType<typeof spawn> {
  const child = spawn(process.execPath, [childProgram, ...args], { stdio: 'inherit' });
  onTestFinished(() => void child.kill());
  return child;
}
