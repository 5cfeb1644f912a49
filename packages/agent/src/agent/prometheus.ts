import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClusterError } from 'hearsay';
import { splitAddress } from './listen-address.ts';
import type { Metrics } from './metrics.ts';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';
const maxConnections = 16;
/** Counters whose last part is a name that others chose become one family with that name as a label. */
const named = /^(serf\.events|serf\.queries|agent\.invoke)\.(.+)$/;

/** Serves metrics to Prometheus at `/metrics`. */
export class PrometheusServer {
  readonly #server: Server;

  /**
   * Listens on `address`, `host:port`; `refresh` is called before each answer, to bring gauges up to date.
   *
   * @throws {@link ClusterError} `ERR_BIND` when that is not possible
   */
  static async start(address: string, metrics: Metrics, refresh: () => void = () => {}): Promise<PrometheusServer> {
    const split = splitAddress(address);
    const { host, port } = split.ok ? split : { host: address, port: 0 };
    const server = createServer((request, response) => {
      if (request.url !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('metrics are at /metrics\n');
        return;
      }
      refresh();
      response.writeHead(200, { 'content-type': contentType }).end(formatPrometheus(metrics));
    });
    server.maxConnections = maxConnections;
    server.requestTimeout = 10_000;
    server.headersTimeout = 5_000;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host === '' ? undefined : host, () => resolve());
      });
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new ClusterError('ERR_BIND', `metrics cannot be served (prometheus_addr is "${address}"): ${reason}`, {
        cause,
      });
    }
    server.on('error', () => {}); // a connection that could not be accepted
    return new PrometheusServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  /** The bound port. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

interface Family {
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly help: string;
  readonly lines: string[];
}

/** All metrics since the start in Prometheus' text format, version 0.0.4. */
export function formatPrometheus({ totals }: Metrics): string {
  const families = new Map<string, Family>();
  const family = (name: string, type: Family['type'], help: string): Family => {
    let found = families.get(name);
    if (found === undefined) families.set(name, (found = { type, help, lines: [] }));
    return found;
  };
  for (const [name, { sum }] of totals.counters) {
    const { base, labels, help } = identify(name);
    family(`${base}_total`, 'counter', help).lines.push(`${base}_total${labels} ${sum}`);
  }
  for (const [name, value] of totals.gauges) {
    const { base, labels, help } = identify(name);
    family(base, 'gauge', help).lines.push(`${base}${labels} ${value}`);
  }
  for (const [name, { sum, count }] of totals.samples) {
    const { base, labels, help } = identify(name);
    family(base, 'summary', help).lines.push(`${base}_sum${labels} ${sum}`, `${base}_count${labels} ${count}`);
  }
  return [...families]
    .map(([name, { type, help, lines }]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`)
    .join('');
}

/** `serf.events.deploy` is the family `serf_agent_serf_events_by_name` with the label `name="deploy"`. */
function identify(name: string): { readonly base: string; readonly labels: string; readonly help: string } {
  const match = named.exec(name);
  if (match === null) return { base: familyName(name), labels: '', help: `${name} of the Serf agent` };
  const [, first, last] = match;
  return { base: `${familyName(first!)}_by_name`, labels: `{name="${last}"}`, help: `${first}.NAME of the Serf agent` };
}

function familyName(name: string): string {
  return `serf_agent_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`;
}
