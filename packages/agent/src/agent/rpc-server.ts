import { createHash, timingSafeEqual } from 'node:crypto';
import { chmodSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { ClusterError, formatAddress, type Address, type Logger } from 'hearsay';
import type { AgentApi } from './rpc/agent-api.ts';
import { endSocket, RpcConnection } from './rpc/connection.ts';
import { Admission } from './rpc/admission.ts';
import { serverLimits } from './rpc/server-limits.ts';

/** How an {@link RpcServer} is reached, and by whom. */
export interface RpcServerOptions {
  readonly api: AgentApi;
  /** Undefined: not by TCP. Port 0 takes a free one. */
  readonly address: Address | undefined;
  /** Undefined: not by a Unix socket. A stale one of that path is replaced. */
  readonly unixPath: string | undefined;
  /** What clients must present; empty: nothing. */
  readonly authKey: string;
  readonly logger: Logger;
  /** The clock of the agent's events. Default: `performance.now`. */
  readonly nowMs?: () => number;
  /** Counts connections and commands. */
  readonly count?: (what: 'accept' | 'command') => void;
}

/** How long a client may be silent before the system asks whether it is still there. As in Serf (Go's default). */
const keepAliveMs = 15_000;

/** The file of a Unix socket; its path may later be that of another one. */
interface SocketFile {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

type Place = Address | { readonly path: string };

/** Serves Serf's RPC, over TCP and a Unix socket, to any number of clients up to a limit. */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #authDigest: Uint8Array;
  readonly #servers: Server[] = [];
  readonly #sockets: Set<Socket> = new Set();
  #address: Address | undefined;
  #socketFile: SocketFile | undefined;

  private constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#authDigest = digest(options.authKey);
  }

  /** @throws {@link ClusterError} `ERR_BIND` when an address is taken or cannot be used */
  static async start(options: RpcServerOptions): Promise<RpcServer> {
    const server = new RpcServer(options);
    try {
      if (options.address !== undefined) await server.#listenTcp(options.address);
      if (options.unixPath !== undefined) await server.#listenUnix(options.unixPath);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Where TCP clients connect, with the port that was taken. */
  get address(): Address | undefined {
    return this.#address;
  }

  /** Takes no new clients; those that are connected go on. */
  stopListening(): void {
    const file = this.#socketFile;
    this.#socketFile = undefined;
    const close = (): void => this.#servers.forEach((server) => server.close());
    if (file === undefined || isSameFile(file, fileAt(file.path))) close();
    else keepFile(file.path, close);
  }

  /** Ends every connection, after what was written to it has gone out or `timeoutMs` is over. */
  async close(timeoutMs: number = 500): Promise<void> {
    this.stopListening();
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.#sockets) endSocket(socket.resume(), timeoutMs);
    await Promise.all(closed);
  }

  async #listenTcp({ host, port }: Address): Promise<void> {
    const server = await this.#listen({ host, port }, `tcp ${formatAddress({ host, port })}`);
    const bound = server.address();
    this.#address = { host, port: typeof bound === 'object' && bound !== null ? bound.port : port };
  }

  async #listenUnix(path: string): Promise<void> {
    const what = `unix socket ${path}`;
    try {
      await this.#listen({ path }, what);
    } catch (error) {
      if (!(await isForsaken(path))) throw error;
      removeStale(path, error);
      await this.#listen({ path }, what);
    }
    chmodSync(path, 0o600);
    this.#socketFile = fileAt(path);
  }

  async #listen(where: Place, what: string): Promise<Server> {
    const server = this.#createServer();
    await listen(server, where, what);
    // One client that could not be accepted, for want of file descriptors for instance, is not the end.
    server.on('error', (error) => this.#options.logger.warn({ err: error }, 'trouble with a listener'));
    return server;
  }

  #createServer(): Server {
    const admission = new Admission(serverLimits.connections);
    // Half open: a client may end after its last request and still read the answer. Kept alive: one whose machine is gone
    // must not stay connected for ever.
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };
    const server = createServer(options, (socket) => {
      if (admission.admit(socket)) this.#accept(socket, () => admission.recognize(socket));
    });
    this.#servers.push(server);
    return server;
  }

  #accept(socket: Socket, onReady: () => void): void {
    const { api, logger, authKey, count, nowMs = () => performance.now() } = this.#options;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    count?.('accept');
    logger.info({}, `Accepted client: ${clientOf(socket)}`);
    void new RpcConnection(socket, {
      api,
      logger,
      nowMs,
      needsAuth: authKey !== '',
      isAuthKey: (key) => timingSafeEqual(digest(key), this.#authDigest),
      onCommand: () => count?.('command'),
      onReady,
    }).serve();
  }
}

/** Of one length, whatever the key's, so that comparing tells nothing. */
function digest(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}

function clientOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix' : formatAddress({ host: remoteAddress, port: remotePort ?? 0 });
}

function listen(server: Server, where: Place, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const reason = error.code === 'EADDRINUSE' ? 'address already in use' : error.message;
      reject(new ClusterError('ERR_BIND', `RPC cannot listen on ${what}: ${reason}`, { cause: error }));
    };
    server.once('error', onError);
    const onListening = (): void => {
      server.off('error', onError);
      resolve();
    };
    if ('path' in where) ownerAlone(() => server.listen(where, onListening));
    else server.listen(where, onListening);
  });
}

/** The file that `listen` makes, within the call, is nobody else's, not even for the moment before its rights are set. */
function ownerAlone(listen: () => void): void {
  // Worker threads cannot change it.
  if (!isMainThread) return listen();
  const before = process.umask(0o077);
  try {
    listen();
  } finally {
    process.umask(before);
  }
}

/** Whether nobody serves that Unix socket. Who is too busy to answer, or answers others alone, serves it. */
function isForsaken(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED' || code === 'ENOENT'));
  });
}

/** An agent that was killed leaves its socket behind. What is no socket is not ours to remove. */
function removeStale(path: string, error: unknown): void {
  const { cause } = error as ClusterError;
  const isTaken = (cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (!isTaken || file?.isSocket() === false) throw error;
  if (file !== undefined) unlinkSync(path);
}

/** Undefined where there is none: Windows has sockets of another kind. */
function fileAt(path: string): SocketFile | undefined {
  const file = lstatSync(path, { throwIfNoEntry: false });
  return file && { path, dev: file.dev, ino: file.ino };
}

function isSameFile(a: SocketFile, b: SocketFile | undefined): boolean {
  return a.dev === b?.dev && a.ino === b.ino;
}

/** Lets `close` run, with which Node removes whatever has the path of the socket; what another has put there stays. */
function keepFile(path: string, close: () => void): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return close(); // there is none, or nobody may remove it
  }
  close();
  renameSync(aside, path);
}
