import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { rootFolder } from '../support/source-files.ts';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { PeerProcess, requirePeer } from './support/peer-process.ts';
import { freePort } from './support/ports.ts';

const monitoringFolder = join(rootFolder, 'packages/agent/monitoring');

interface Scraped {
  readonly agent: OurAgent;
  /** `127.0.0.1:port` of HTTP. */
  readonly http: string;
}

/** An agent whose tag says where its metrics are: on one host each has a port of its own. */
async function startAgent(name: string, flags: readonly string[] = []): Promise<Scraped> {
  const port = await freePort();
  const http = `127.0.0.1:${port}`;
  const tags = [`-tag=metrics_port=${port}`, `-tag=role=${name.startsWith('db') ? 'db' : 'web'}`];
  return { agent: await OurAgent.start(name, [`-prometheus-addr=${http}`, ...tags, ...flags]), http };
}

/** A stock Prometheus with our configuration, that finds its targets at `discovery` and asks `agent` for the whole cluster. */
async function startPrometheus(
  discovery: string,
  agent: string,
): Promise<{ readonly url: string; readonly process: PeerProcess }> {
  const address = `127.0.0.1:${await freePort()}`;
  const process = new PeerProcess('prometheus', requirePeer('prometheus'), (folder) => {
    writeFileSync(join(folder, 'prometheus.yml'), configOf(discovery, agent));
    copyFileSync(join(monitoringFolder, 'alerts.yml'), join(folder, 'alerts.yml'));
    return [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ];
  });
  return { url: `http://${address}`, process };
}

/** How often it asks for targets. More than the five seconds that Prometheus may take to follow what it has learned. */
const refreshSeconds = 10;

/** Ours as it is shipped, but for addresses and for how often. */
function configOf(discovery: string, agent: string): string {
  return readFileSync(join(monitoringFolder, 'prometheus.yml'), 'utf8')
    .replace('http://127.0.0.1:9946/sd', discovery)
    .replace("'127.0.0.1:9946'", `'${agent}'`)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s')
    .replace('refresh_interval: 30s', `refresh_interval: ${refreshSeconds}s`);
}

/** Hands on what `discovery` answers, and counts the answers in which a member of that name is. */
async function startCountingProxy(
  discovery: string,
): Promise<{ readonly url: string; readonly answersWith: (name: string) => number }> {
  const answers: string[] = [];
  const server = createServer((request, response) => {
    void fetch(discovery + (request.url ?? ''))
      .then((answer) => answer.text())
      .then((text) => {
        answers.push(text);
        response.setHeader('content-type', 'application/json').end(text);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answersWith: (name) => answers.filter((text) => text.includes(`"${name}"`)).length,
  };
}

/** The value of each series that `query` gives, by the label `node`. */
async function queried(url: string, query: string): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
  if (answer?.ok !== true) return {};
  const { data } = (await answer.json()) as {
    readonly data: {
      readonly result: readonly { readonly metric: { node: string }; readonly value: [number, string] }[];
    };
  };
  return Object.fromEntries(data.result.map(({ metric, value }) => [metric.node, value[1]]));
}

/** The names of the members that are scraped, or are about to be. */
async function targetsOf(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v1/targets?state=active`).catch(() => undefined);
  if (answer?.ok !== true) return [];
  const { data } = (await answer.json()) as {
    readonly data: { readonly activeTargets: readonly { readonly labels: { readonly node?: string } }[] };
  };
  return data.activeTargets.flatMap(({ labels }) => labels.node ?? []);
}

/** What promtool says, and its exit status. */
function promtool(
  args: readonly string[],
  input: string = '',
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(requirePeer('promtool'), args, { cwd: monitoringFolder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
    child.stdin!.end(input);
  });
}

describe.skipIf(findPeer('prometheus') === undefined)('a stock Prometheus', { timeout: 120_000 }, () => {
  test('scrapes three agents that one of them tells of, and finds a fourth by itself within one refresh', async () => {
    const first = await startAgent('web-1');
    const join = [`-join=${first.agent.address}`];
    const others = await Promise.all(['web-2', 'web-3'].map((name) => startAgent(name, join)));
    // Not asked for: the filter must leave it out.
    await startAgent('db-1', join);
    const proxy = await startCountingProxy(`http://${first.http}`);
    const discovery = `${proxy.url}/sd?port_tag=metrics_port&tag=role=web`;
    const { url, process } = await startPrometheus(discovery, first.http);
    const isUp = (names: readonly string[]) => (values: Record<string, string>) =>
      JSON.stringify(Object.entries(values).toSorted()) === JSON.stringify(names.map((name) => [name, '1']));
    const three = ['web-1', 'web-2', 'web-3'];
    const up = 'up{job="hearsay"}';
    await eventually('three are up', () => queried(url, up), isUp(three), 30_000);
    expect(proxy.answersWith('web-3')).toBeGreaterThan(0);
    await startAgent('web-4', [`-join=${others[0]!.agent.address}`]);
    await eventually(
      'the fourth is a target',
      () => targetsOf(url),
      (names) => names.includes('web-4'),
      30_000,
    );
    expect(proxy.answersWith('web-4')).toBe(1);
    const four = [...three, 'web-4'];
    await eventually('the fourth is up', () => queried(url, up), isUp(four), 15_000);
    const alive = await eventually(
      'all say that five are alive',
      () => queried(url, 'hearsay_members{state="alive"}'),
      (values) => four.every((name) => values[name] === '5'),
      15_000,
    );
    expect(Object.keys(alive).toSorted()).toEqual(four);
    // All of one mind, and one tells of all five.
    await eventually(
      'one view',
      () => queried(url, 'count(count_values("view", hearsay_view_fingerprint)) + max(hearsay_views)'),
      (values) => Object.values(values)[0] === '2',
      30_000,
    );
    await eventually(
      'five have published',
      () => queried(url, 'hearsay_cluster_metric_nodes{metric="process.cpu_cores"}'),
      (values) => Object.values(values)[0] === '5',
      30_000,
    );
    expect(process.logLines.filter((line) => /level=(warn|error)/.test(line))).toEqual([]);
  });

  test('has a linter that finds nothing to say about our metrics', async () => {
    const { agent, http } = await startAgent('web-1', ['-event-handler=user=true']);
    const second = await startAgent('web-2', [`-join=${agent.address}`]);
    await eventually(
      'the two are ready',
      async () => [(await fetch(`http://${http}/readyz`)).status, (await fetch(`http://${second.http}/readyz`)).status],
      (statuses) => statuses.every((status) => status === 200),
    );
    const textOf = async (path: string): Promise<string> => (await fetch(`http://${http}${path}`)).text();
    const text = await textOf('/metrics');
    expect(text).toContain('hearsay_state_members 2\n');
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
    const ofCluster = await eventually(
      'both have published twice',
      () => textOf('/metrics/cluster'),
      (candidate) => candidate.includes('hearsay_cluster_metric_nodes{metric="process.event_loop_delay_ms"} 2\n'),
      30_000,
    );
    expect(text).toContain('hearsay_views 1\n');
    expect(ofCluster).toContain('hearsay_cluster_process_event_loop_delay_seconds{quantile="0.99"}');
    expect(await promtool(['check', 'metrics'], ofCluster)).toEqual({ code: 0, output: '' });
  });

  test('reads our configuration and our alert rules, which tell trouble from what passes', async () => {
    expect(await promtool(['check', 'config', 'prometheus.yml'])).toMatchObject({ code: 0 });
    expect(await promtool(['check', 'rules', 'alerts.yml'])).toEqual({
      code: 0,
      output: expect.stringMatching(/SUCCESS: \d+ rules found/),
    });
    const tested = await promtool(['test', 'rules', 'alerts.test.yml']);
    expect(tested, tested.output).toMatchObject({ code: 0 });
    const namesIn = (file: string, pattern: RegExp): string[] =>
      [...readFileSync(join(monitoringFolder, file), 'utf8').matchAll(pattern)].map((match) => match[1]!);
    const tests = new Set(namesIn('alerts.test.yml', /alertname: (\w+)/g));
    expect(namesIn('alerts.yml', /- alert: (\w+)/g).filter((name) => !tests.has(name))).toEqual([]);
  });

  test('reads every query of our dashboard', async () => {
    const rules = dashboardQueries().map((expr, index) => ({ record: `panel:query:${index}`, expr }));
    expect(rules.length).toBeGreaterThan(30);
    const folder = await mkdtemp(join(tmpdir(), 'hearsay-dashboard-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    // YAML takes JSON.
    await writeFile(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(await promtool(['check', 'rules', join(folder, 'rules.yml')])).toEqual({
      code: 0,
      output: expect.stringContaining(`SUCCESS: ${rules.length} rules found`),
    });
  });

  test('no two panels of our dashboard lie on one another, and all ask the Prometheus that was chosen', () => {
    const taken = new Set<string>();
    const { panels } = readDashboard();
    for (const { title, type, datasource, gridPos, targets = [] } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken, title).not.toContain(`${x} ${y}`);
          taken.add(`${x} ${y}`);
        }
      }
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      if (type === 'row') continue;
      const uids = [datasource, ...targets.map((target) => target.datasource)].map((source) => source?.uid);
      expect(uids, title).toEqual(uids.map(() => '${datasource}'));
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test('every metric in our alert rules and on our dashboard is one that there is', async () => {
    const { agent, http } = await startAgent('web-1');
    await startAgent('web-2', [`-join=${agent.address}`]);
    const ofCluster = await eventually(
      'both have published',
      async () => (await fetch(`http://${http}/metrics/cluster`)).text(),
      (text) => text.includes('metric_nodes{metric="process.event_loop_delay_ms"} 2\n'),
      30_000,
    );
    const page = readFileSync(join(rootFolder, 'docs/metrics.md'), 'utf8');
    const isThere = (name: string): boolean =>
      page.includes(`| \`${name}\` |`) || new RegExp(`^${name}\\{`, 'm').test(ofCluster);
    for (const text of [readFileSync(join(monitoringFolder, 'alerts.yml'), 'utf8'), dashboardQueries().join('\n')]) {
      const names = new Set(text.match(/\bhearsay_\w+/g));
      expect(names.size).toBeGreaterThan(8);
      expect([...names].filter((name) => !isThere(name))).toEqual([]);
    }
  });
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly datasource?: { readonly uid: string };
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(monitoringFolder, 'dashboard.json'), 'utf8')) as Dashboard;
}

/** The queries of all panels of our dashboard, with an example in place of each variable. */
function dashboardQueries(): string[] {
  const { panels, templating } = readDashboard();
  const queries = panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
  );
  const known = new Set(templating.list.map(({ name }) => `$${name}`));
  for (const variable of queries.join().match(/\$\w+/g) ?? []) expect(known).toContain(variable);
  return queries.map((query) => query.replaceAll(/\$\w+/g, 'x'));
}
