import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClusterError, type SerfMember } from 'hearsay';
import { chooseFormat, contentTypes, formatMetrics, type MetricFamily } from 'hearsay/prometheus';
import { formatChecks, formatChecksJson, type HealthCheck } from './health.ts';
import { splitAddress } from './listen-address.ts';
import { Admission } from './rpc/admission.ts';
import { discover } from './service-discovery.ts';

/** What an {@link HttpServer} has to tell; asked anew for each request. */
export interface HttpSources {
  readonly families: () => readonly MetricFamily[];
  /** Of the whole cluster; undefined when this agent has no telemetry. */
  readonly clusterFamilies: () => readonly MetricFamily[] | undefined;
  readonly members: () => readonly SerfMember[];
  readonly liveness: () => readonly HealthCheck[];
  readonly readiness: () => readonly HealthCheck[];
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Route = (request: IncomingMessage, query: URLSearchParams) => Answer;

/** When there are more, one without a complete request makes room. */
const maxConnections = 16;
/** How often Node looks for requests that take too long; its default would let them take half a minute. */
const checkIntervalMs = 1_000;
const plainText = 'text/plain; charset=utf-8';
const json = 'application/json';
/** Node's own limit is 16 KiB for all headers together; no query here needs as much. */
const urlMaxLength = 4 * 1024;

/** Serves what programs that watch an agent ask for: metrics, targets and checks. It reads, and changes nothing. */
export class HttpServer {
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;

  /**
   * Listens on `address`, `host:port`.
   *
   * @throws {@link ClusterError} `ERR_BIND` when that is not possible
   */
  static async start(address: string, sources: HttpSources): Promise<HttpServer> {
    const split = splitAddress(address);
    const { host, port } = split.ok ? split : { host: address, port: 0 };
    const server = createServer({ connectionsCheckingInterval: checkIntervalMs });
    const admission = new Admission(maxConnections);
    server.on('connection', (socket) => admission.admit(socket));
    server.on('request', ({ socket }, response) => {
      admission.recognize(socket);
      response.on('close', () => admission.release(socket));
    });
    server.requestTimeout = 10_000;
    server.headersTimeout = 5_000;
    // Who neither sends nor reads does not keep one of the few connections.
    server.timeout = 10_000;
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
    return new HttpServer(server, sources);
  }

  private constructor(server: Server, sources: HttpSources) {
    this.#server = server;
    const { families, clusterFamilies, members, liveness, readiness } = sources;
    this.#routes = new Map<string, Route>([
      ['/metrics', (request) => answerMetrics(request, families())],
      ['/metrics/cluster', (request) => answerClusterMetrics(request, clusterFamilies())],
      ['/sd', (_, query) => answerTargets(members(), query, this.port)],
      ['/healthz', (request) => answerChecks(request, liveness())],
      ['/readyz', (request) => answerChecks(request, readiness())],
    ]);
    server.on('request', (request, response) => {
      const { status, contentType, body } = this.#answer(request);
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
    });
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

  #answer(request: IncomingMessage): Answer {
    const { url = '', method } = request;
    if (method !== 'GET' && method !== 'HEAD') return failure(405, 'only GET and HEAD are answered');
    if (url.length > urlMaxLength) return failure(414, `the address is longer than ${urlMaxLength} characters`);
    const queryAt = url.includes('?') ? url.indexOf('?') : url.length;
    const route = this.#routes.get(url.slice(0, queryAt));
    if (route === undefined) return failure(404, `there is ${[...this.#routes.keys()].join(', ')}`);
    return route(request, new URLSearchParams(url.slice(queryAt)));
  }
}

function answerMetrics({ headers }: IncomingMessage, families: readonly MetricFamily[]): Answer {
  const format = chooseFormat(headers.accept);
  return { status: 200, contentType: contentTypes[format], body: formatMetrics(families, format) };
}

function answerClusterMetrics(request: IncomingMessage, families: readonly MetricFamily[] | undefined): Answer {
  if (families === undefined) return failure(404, 'this agent takes no part in telemetry: it needs gossiped state');
  return answerMetrics(request, families);
}

function answerTargets(members: readonly SerfMember[], query: URLSearchParams, ownPort: number): Answer {
  const answer = discover(members, query, ownPort);
  if (!answer.ok) return failure(400, answer.problem);
  return { status: 200, contentType: json, body: `${JSON.stringify(answer.groups)}\n` };
}

/** 200 when all is well, else 503. */
function answerChecks({ headers }: IncomingMessage, checks: readonly HealthCheck[]): Answer {
  const status = checks.every(({ ok }) => ok) ? 200 : 503;
  const isJson = /\bapplication\/json\b/.test(headers.accept ?? '');
  return isJson
    ? { status, contentType: json, body: formatChecksJson(checks) }
    : { status, contentType: plainText, body: formatChecks(checks) };
}

function failure(status: number, text: string): Answer {
  return { status, contentType: plainText, body: `${text}\n` };
}
