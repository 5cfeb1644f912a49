import { afterEach, expect, test } from 'vitest';
import { createCluster, type Cluster, type CreateClusterOptions } from '../index.ts';

const clusters: Cluster[] = [];
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.close()));
});

async function start(name: string, options: CreateClusterOptions = {}): Promise<Cluster> {
  const cluster = await createCluster({
    name,
    bind: '127.0.0.1:0',
    profile: 'local',
    kv: { periodMs: 50 },
    ...options,
  });
  clusters.push(cluster);
  return cluster;
}

/** A sample is believed for three periods: so long a busy machine may take to carry it. */
async function startPair(
  telemetry: CreateClusterOptions['telemetry'] = { periodMs: 1_000, windowMs: 6_000 },
): Promise<[Cluster, Cluster]> {
  const first = await start('first', { ...(telemetry !== undefined && { telemetry }) });
  const seeds = [`127.0.0.1:${first.address.port}`];
  const second = await start('second', { seeds, ...(telemetry !== undefined && { telemetry }) });
  await second.waitForMembers(2);
  return [first, second];
}

async function until<Result>(read: () => Result | undefined, pauseMs: number = 20): Promise<Result> {
  for (;;) {
    const result = read();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

test('what two members measure is read as one, at either of them', async () => {
  const [first, second] = await startPair();
  for (const [index, { telemetry }] of [first, second].entries()) {
    telemetry.counter('requests').add(10 * (index + 1));
    telemetry.gauge('queue').set(index + 1);
    const latency = telemetry.histogram('latency_ms');
    for (let value = 1; value <= 500; value += 1) latency.record(value + 500 * index);
    for (let user = 0; user < 100; user += 1) telemetry.distinct('users').add(`user-${user + 50 * index}`);
    telemetry.topK('paths').add('/', 5);
    telemetry.topK('paths').add(`/${index}`, index + 1);
  }
  for (const { telemetry } of [first, second]) {
    const requests = await until(() => {
      const value = telemetry.value('requests');
      return value?.nodes === 2 ? value : undefined;
    });
    expect(requests).toMatchObject({ value: 30, errorBound: 0, nodes: 2, mode: 'fold' });
    expect(requests.oldestMs).toBeGreaterThanOrEqual(requests.spreadMs);
    expect(telemetry.value('queue')?.value).toBe(3);
    expect(telemetry.value('queue', { of: 'mean' })?.value).toBe(1.5);
    expect(telemetry.value('queue', { of: 'max' })?.value).toBe(2);
    const p99 = telemetry.quantile('latency_ms', 0.99)!;
    expect(Math.abs(p99.value - 990)).toBeLessThanOrEqual(990 * p99.errorBound);
    expect(telemetry.distribution('latency_ms')).toMatchObject({ count: 1_000, sum: 500_500, mean: 500.5 });
    const users = telemetry.value('users')!;
    expect(Math.abs(users.value - 150)).toBeLessThanOrEqual(1.5 * users.errorBound * 150);
    expect(telemetry.top('paths', 2)?.keys).toEqual([
      { key: '/', count: 10, overcount: 0 },
      { key: '/1', count: 2, overcount: 0 },
    ]);
    expect(telemetry.rate('requests')!.value).toBeGreaterThan(0);
    expect(() => telemetry.value('latency_ms')).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
    expect(telemetry.value('nobody has this')).toBeUndefined();
    const readings = telemetry.metrics().map((metric) => [metric.name, telemetry.read(metric)]);
    expect(Object.fromEntries(readings)).toMatchObject({
      requests: { kind: 'counter', value: { value: 30, nodes: 2 } },
      queue: { kind: 'gauge', range: { sum: 3, mean: 1.5, min: 1, max: 2, nodes: 2 } },
      latency_ms: { kind: 'histogram', distribution: { count: 1_000 } },
      users: { kind: 'distinct', value: { value: users.value } },
      paths: undefined,
    });
  }
});

test('each member tells how its process does, in few bytes, unless it is told not to', async () => {
  const [first] = await startPair();
  await until(() => (first.telemetry.value('process.rss_bytes')?.nodes === 2 ? true : undefined));
  await until(() => first.telemetry.quantile('process.event_loop_delay_ms', 0.5));
  const known = first.telemetry.metrics().map(({ name }) => name);
  for (const name of ['process.cpu_cores', 'process.heap_used_bytes']) expect(known).toContain(name);
  expect(first.telemetry.value('process.rss_bytes', { of: 'min' })!.value).toBeGreaterThan(1e6);
  expect(first.telemetry.stats.sampleBytes).toBeLessThan(500);

  const silent = await start('silent', { telemetry: { periodMs: 100, process: false } });
  silent.telemetry.gauge('only').set(1);
  await until(() => silent.telemetry.value('only'));
  expect(silent.telemetry.metrics()).toContainEqual({ name: 'only', kind: 'gauge', nodes: 1 });
  expect(silent.telemetry.metrics().filter(({ name }) => name.startsWith('process.'))).toEqual([]);
});

test('a blocked event loop shows in its delay', async () => {
  const cluster = await start('busy', { telemetry: { periodMs: 500 } });
  const worst = await until(() => {
    // Again and again: a look at the loop that comes late says nothing before there was one to compare it with.
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    const most = cluster.telemetry.quantile('process.event_loop_delay_ms', 1);
    return most !== undefined && most.value > 100 ? most : undefined;
  }, 250);
  expect(worst.nodes).toBe(1);
});

test('who is asked tells what it has measured up to now, published or not, and who does not answer is named', async () => {
  const own = { publish: false, process: false };
  const [first, second] = await startPair(own);
  const silent = await start('silent', { seeds: [`127.0.0.1:${first.address.port}`], telemetry: false });
  await silent.waitForMembers(3);
  await first.waitForMembers(3);
  await second.setTags({ role: 'web' });
  await until(() => (first.member('second')?.tags['role'] === 'web' ? true : undefined));
  for (const [index, { telemetry }] of [first, second].entries()) {
    telemetry.counter('requests').add(10 * (index + 1));
    telemetry.gauge('queue').set(index + 1);
    for (let value = 1; value <= 500; value += 1) telemetry.histogram('latency_ms').record(value + 500 * index);
  }
  const all = await first.telemetry.poll(['requests', 'latency_ms'], { timeoutMs: 1_000 });
  expect(all.missing).toEqual([{ name: 'silent', reason: 'no answer' }]);
  expect(all.value('requests')).toMatchObject({ value: 30, errorBound: 0, nodes: 2, mode: 'poll' });
  const p99 = all.quantile('latency_ms', 0.99)!;
  expect(Math.abs(p99.value - 990)).toBeLessThanOrEqual(990 * p99.errorBound);
  expect(all.metrics().map(({ name }) => name)).toEqual(['latency_ms', 'requests']);
  expect(all.value('queue')).toBeUndefined();
  const web = await first.telemetry.poll([], { tags: { role: 'w.*' } });
  expect(web.missing).toEqual([]);
  expect(web.value('queue', { of: 'max' })).toMatchObject({ value: 2, nodes: 1 });
  expect(web.rate('requests')!.value).toBeGreaterThan(0);
  expect(first.telemetry.metrics(), 'nothing was published').toEqual([]);
  await expect(first.telemetry.poll('requests', { tags: { role: '(' } })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(first.telemetry.poll('requests', { timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
});

test('members estimate sums and means together without publishing', async () => {
  const estimate = ['requests', 'queue'];
  const [first, second] = await startPair({ publish: false, estimate, estimateRoundMs: 50 });
  for (const [index, { telemetry }] of [first, second].entries()) {
    telemetry.counter('requests').add(10 * (index + 1));
    telemetry.gauge('queue').set(index + 1);
  }
  for (const { telemetry } of [first, second]) {
    const mean = await until(() => {
      const value = telemetry.value('queue', { mode: 'estimate', of: 'mean' });
      return value !== undefined && Math.abs(value.value - 1.5) < 0.3 ? value : undefined;
    });
    expect(mean).toMatchObject({ mode: 'estimate', spreadMs: 150 });
    expect(mean.oldestMs).toBeGreaterThanOrEqual(1_400);
    expect(mean.massLeft).toBeGreaterThan(0.1);
    expect(telemetry.value('queue', { mode: 'estimate', of: 'max' })?.value).toBe(2);
    expect(telemetry.value('queue', { mode: 'estimate', of: 'min' })?.value).toBe(1);
    const sum = telemetry.value('requests', { mode: 'estimate' })!;
    expect(sum.value).toBeGreaterThan(15);
    expect(sum.value).toBeLessThan(60);
    expect(telemetry.rate('requests', { mode: 'estimate' })!.value).toBeGreaterThan(0);
    expect(telemetry.estimatedNodes()!.value).toBeCloseTo(2, 0);
    expect(telemetry.stats.estimates).toMatchObject({ refused: { malformed: 0, negative: 0 }, unknownParts: 0 });
    expect(() => telemetry.value('other', { mode: 'estimate' })).toThrow(/telemetry.estimate/);
  }
});

test('telemetry is off when it is told so, and cannot be on where there is no state to travel with', async () => {
  const off = await start('off', { telemetry: false });
  expect(() => off.telemetry).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  const stateless = await start('stateless', { kv: false });
  expect(() => stateless.telemetry).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  await expect(start('none', { kv: false, telemetry: true })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(start('wrong', { telemetry: { windowMs: 10_000_000 } })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
});

test('a name is of one kind, and of characters that other tools take', async () => {
  const { telemetry } = await start('names');
  telemetry.counter('a');
  for (const wrong of [
    () => telemetry.gauge('a'),
    () => telemetry.counter('with space'),
    () => telemetry.counter(''),
  ]) {
    expect(wrong).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  }
});
