import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

/** A stock Prometheus that finds its targets through one agent. */
async function startPrometheus(discovery: string): Promise<{ readonly url: string; readonly process: PeerProcess }> {
  const address = `127.0.0.1:${await freePort()}`;
  const process = new PeerProcess('prometheus', requirePeer('prometheus'), (folder) => {
    writeFileSync(join(folder, 'prometheus.yml'), configOf(discovery));
    return [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ];
  });
  return { url: `http://${address}`, process };
}

function configOf(discovery: string): string {
  return `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: hearsay
    http_sd_configs:
      - url: ${discovery}
        refresh_interval: 2s
    relabel_configs:
      - { source_labels: [__meta_hearsay_name], target_label: node }
      - { source_labels: [__meta_hearsay_tag_role], target_label: role }
`;
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
  test('scrapes three agents that one of them tells of, and finds a fourth by itself', async () => {
    const first = await startAgent('web-1');
    const join = [`-join=${first.agent.address}`];
    const others = await Promise.all(['web-2', 'web-3'].map((name) => startAgent(name, join)));
    // Not asked for: the filter must leave it out.
    await startAgent('db-1', join);
    const { url, process } = await startPrometheus(`http://${first.http}/sd?port_tag=metrics_port&tag=role=web`);
    const isUp = (names: readonly string[]) => (values: Record<string, string>) =>
      JSON.stringify(Object.entries(values).toSorted()) === JSON.stringify(names.map((name) => [name, '1']));
    await eventually('three are up', () => queried(url, 'up{role="web"}'), isUp(['web-1', 'web-2', 'web-3']), 30_000);
    await startAgent('web-4', [`-join=${others[0]!.agent.address}`]);
    const four = ['web-1', 'web-2', 'web-3', 'web-4'];
    await eventually('the fourth is up', () => queried(url, 'up'), isUp(four), 15_000);
    const alive = await eventually(
      'all say that five are alive',
      () => queried(url, 'hearsay_members{state="alive"}'),
      (values) => four.every((name) => values[name] === '5'),
      15_000,
    );
    expect(Object.keys(alive).toSorted()).toEqual(four);
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
    expect(ofCluster).toContain('hearsay_cluster_process_event_loop_delay_seconds{quantile="0.99"}');
    expect(await promtool(['check', 'metrics'], ofCluster)).toEqual({ code: 0, output: '' });
  });

  test('reads our alert rules, which tell a slow node and a stuck queue from passing trouble', async () => {
    expect(await promtool(['check', 'rules', 'alerts.yml'])).toEqual({
      code: 0,
      output: expect.stringMatching(/SUCCESS: \d+ rules found/),
    });
    const tested = await promtool(['test', 'rules', 'alerts.test.yml']);
    expect(tested, tested.output).toMatchObject({ code: 0 });
  });

  test('every metric in our alert rules is one that there is', async () => {
    const rules = await readFile(join(monitoringFolder, 'alerts.yml'), 'utf8');
    const page = await readFile(join(rootFolder, 'docs/metrics.md'), 'utf8');
    const names = new Set(rules.match(/\bhearsay_\w+/g));
    expect(names.size).toBeGreaterThan(5);
    expect([...names].filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
