import { createServer, type Server, type Socket } from 'node:net';
import { decodeMultiStream, encode } from '@msgpack/msgpack';

/** What is answered to a request: an error, a body, records after it, and whether the connection ends then. */
export interface ScriptedAnswer {
  readonly error?: string;
  readonly body?: unknown;
  readonly records?: readonly unknown[];
  readonly closes?: boolean;
  /** No answer at all. */
  readonly isSilent?: boolean;
}

/** The answer to each command, or what makes it from the body. Others are unsupported, which closes the connection. */
export type Script = Readonly<Record<string, ScriptedAnswer | ((body: unknown) => ScriptedAnswer)>>;

/** A request as it came. */
export interface ScriptedRequest {
  readonly command: string;
  readonly body: unknown;
}

/**
 * An RPC server that a client takes for a Serf agent. It is made of a script and of another msgpack library, so that our
 * client and our server cannot agree on a mistake.
 */
export class ScriptedRpc {
  readonly requests: ScriptedRequest[] = [];
  readonly #server: Server;
  readonly #script: Script;
  readonly #authKey: string | undefined;
  readonly #sockets: Set<Socket> = new Set();

  private constructor(script: Script, authKey: string | undefined) {
    this.#script = script;
    this.#authKey = authKey;
    // A client that hangs up in the middle has had enough; its test looks at what it asked.
    this.#server = createServer((socket) => void this.#serve(socket).catch(() => {}));
  }

  /** Listens on a free port of the loopback, or at the path of a Unix socket. */
  static async start(script: Script, options: { readonly authKey?: string; readonly path?: string } = {}) {
    const server = new ScriptedRpc(script, options.authKey);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      if (options.path === undefined) server.#server.listen(0, '127.0.0.1', resolve);
      else server.#server.listen(options.path, resolve);
    });
    return server;
  }

  /** What `-rpc-addr` takes. */
  get address(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : String(address);
  }

  /** Breaks every connection; new ones are taken. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    let isTrusted = this.#authKey === undefined;
    let header: { readonly Command: string; readonly Seq: number } | undefined;
    for await (const value of decodeMultiStream(socket)) {
      if (header === undefined) {
        header = value as { readonly Command: string; readonly Seq: number };
        if (commandsWithBody.has(header.Command)) continue;
      }
      const request: ScriptedRequest = { command: header.Command, body: header === value ? undefined : value };
      const seq = header.Seq;
      header = undefined;
      this.requests.push(request);
      if (request.command === 'auth') isTrusted = (request.body as { AuthKey: string }).AuthKey === this.#authKey;
      send(socket, seq, this.#answerTo(request, isTrusted));
    }
  }

  #answerTo({ command, body }: ScriptedRequest, isTrusted: boolean): ScriptedAnswer {
    if (command === 'handshake' || command === 'stop') return {};
    if (command === 'auth') return isTrusted ? {} : { error: 'Invalid authentication token' };
    if (!isTrusted) return { error: 'Authentication required' };
    const answer = this.#script[command] ?? { error: 'Unsupported command', closes: true };
    return typeof answer === 'function' ? answer(body) : answer;
  }
}

function send(socket: Socket, seq: number, { error, body, records, closes, isSilent }: ScriptedAnswer): void {
  const header = { Error: error ?? '', Seq: seq };
  const answer = isSilent === true ? [] : [header, ...(body === undefined ? [] : [body])];
  const following = (records ?? []).flatMap((record) => [{ Error: '', Seq: seq }, record]);
  for (const value of [...answer, ...following]) socket.write(encode(value, { sortKeys: true }));
  if (closes === true) socket.end();
}

const commandsWithBody: ReadonlySet<string> = new Set([
  'handshake',
  'auth',
  'event',
  'force-leave',
  'join',
  'members-filtered',
  'tags',
  'stream',
  'monitor',
  'stop',
  'query',
  'respond',
  'install-key',
  'use-key',
  'remove-key',
  'get-coordinate',
]);
