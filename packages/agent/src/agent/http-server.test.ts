import { once } from 'node:events';
import { connect } from 'node:net';
import type { MetricFamily } from 'hearsay/prometheus';
import { expect, onTestFinished, test } from 'vitest';
import type { HealthCheck } from './health.ts';
import { HttpServer } from './http-server.ts';

const families: MetricFamily[] = [
  { name: 'jobs', type: 'counter', help: 'Jobs.', samples: [{ labels: {}, value: 2 }] },
];
const well: HealthCheck = { name: 'cluster', ok: true, message: 'the node runs' };
const alone: HealthCheck = { name: 'join', ok: false, message: 'no other member has been seen yet' };

async function start(
  readiness: readonly HealthCheck[] = [well],
  clusterFamilies?: readonly MetricFamily[],
): Promise<string> {
  const server = await HttpServer.start('127.0.0.1:0', {
    families: () => families,
    clusterFamilies: () => clusterFamilies,
    members: () => [],
    liveness: () => [well],
    readiness: () => readiness,
  });
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

test('metrics are in the format that the client likes best', async () => {
  const url = `${await start()}/metrics`;
  const plain = await fetch(url);
  expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await plain.text()).toBe('# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 2\n');
  const open = await fetch(url, { headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } });
  expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(await open.text()).toBe('# HELP jobs Jobs.\n# TYPE jobs counter\njobs_total 2\n# EOF\n');
});

test('what all members measured is at an address of its own, and is not there without telemetry', async () => {
  const found = await fetch(`${await start([well], families)}/metrics/cluster`);
  expect([found.status, await found.text()]).toEqual([
    200,
    '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 2\n',
  ]);
  const absent = await fetch(`${await start()}/metrics/cluster`);
  expect([absent.status, await absent.text()]).toEqual([
    404,
    'this agent takes no part in telemetry: it needs gossiped state\n',
  ]);
});

test('who is not ready says which check fails, as text and as JSON', async () => {
  const url = await start([well, alone]);
  const text = await fetch(`${url}/readyz`);
  expect(text.status).toBe(503);
  expect(await text.text()).toBe(
    'failing: join\n[+] cluster: the node runs\n[-] join: no other member has been seen yet\n',
  );
  const json = await fetch(`${url}/readyz`, { headers: { accept: 'application/json' } });
  expect(json.status).toBe(503);
  expect(await json.json()).toEqual({ ok: false, failing: ['join'], checks: [well, alone] });
  const live = await fetch(`${url}/healthz`);
  expect([live.status, await live.text()]).toEqual([200, 'ok\n[+] cluster: the node runs\n']);
});

test('what is not there, not read or not understood has a status of its own', async () => {
  const url = await start();
  const statusOf = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(`${url}${path}`, { method })).status;
  expect(await statusOf('/other')).toBe(404);
  expect(await statusOf('/metrics', 'POST')).toBe(405);
  expect(await statusOf('/sd?x=1')).toBe(400);
  expect(await statusOf(`/sd?name=${'a'.repeat(5_000)}`)).toBe(414);
  const targets = await fetch(`${url}/sd`);
  expect([targets.headers.get('content-type'), await targets.json()]).toEqual(['application/json', []]);
});

test('a query may have a question mark in it', async () => {
  const answer = await fetch(`${await start()}/sd?name=a?&colour=red`);
  expect([answer.status, await answer.text()]).toEqual([
    400,
    'there is no parameter "colour": tag, status, name, port, port_tag\n',
  ]);
});

test('whatever somebody sends, nothing breaks, and others get their answers', async () => {
  const url = await start();
  const statusLineOf = async (request: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(request);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString().split('\r\n', 1)[0]!;
  };
  const get = (path: string, headers = ''): string =>
    `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${headers}\r\n`;
  expect(await statusLineOf('\u0016\u0003\u0001 no request at all\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request');
  expect(await statusLineOf(get('/metrics', `x: ${'a'.repeat(20_000)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
  expect(await statusLineOf(get('/metrics', `accept: ${';q=,'.repeat(3_000)}\r\n`))).toBe('HTTP/1.1 200 OK');
  for (const path of ['//', '/metrics/', '/../etc/passwd', '/metrics%00', '*', 'http://other/metrics', '/__proto__']) {
    expect(await statusLineOf(get(path)), path).toBe('HTTP/1.1 404 Not Found');
  }
  for (const query of ['tag=a%3D(', 'tag==', 'name=%FF%00[', 'port=1e9', 'status=__proto__', 'port_tag=__proto__']) {
    expect(await statusLineOf(get(`/sd?${query}`)), query).toMatch(/^HTTP\/1\.1 (400|200) /);
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('connections without a complete request make room for one that has something to ask', async () => {
  const url = await start();
  const port = Number(new URL(url).port);
  const slow = Array.from({ length: 16 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  onTestFinished(() => slow.forEach((socket) => socket.destroy()));
  await Promise.all(slow.map((socket) => once(socket, 'connect')));
  const oldest = once(slow[0]!, 'close');
  for (const socket of slow) socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await oldest;
  slow[15]!.write('\r\n');
  expect(String((await once(slow[15]!, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
});

test('an address that is taken is an error that names the setting', async () => {
  const { host } = new URL(await start());
  const sources = {
    families: () => [],
    clusterFamilies: () => [],
    members: () => [],
    liveness: () => [],
    readiness: () => [],
  };
  await expect(HttpServer.start(host, sources)).rejects.toThrow(
    `metrics cannot be served (prometheus_addr is "${host}"): listen EADDRINUSE`,
  );
});
