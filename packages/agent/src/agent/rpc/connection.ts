import type { Socket } from 'node:net';
import type { Logger } from 'hearsay';
import {
  decodeRequestBody,
  decodeRequestHeader,
  encodeResponse,
  encodeResponseHeader,
  hasRequestBody,
  isRpcCommand,
  type RpcCommand,
  type RpcRequestBodies,
  type RpcRequestHeader,
} from 'hearsay/client';
import type { AgentApi } from './agent-api.ts';
import { runCommand, type Answer } from './commands.ts';
import { Outbox } from './outbox.ts';
import { RequestSource } from './request-source.ts';
import { serverLimits } from './server-limits.ts';
import { RpcSession } from './session.ts';

/** Lets out what has been written, then closes; at once when the other side does not end within `timeoutMs`. */
export function endSocket(socket: Socket, timeoutMs: number = 1_000): void {
  const deadline = setTimeout(() => socket.destroy(), timeoutMs);
  socket.on('close', () => clearTimeout(deadline)).end();
}

/** What a connection needs of its server. */
export interface ConnectionParts {
  readonly api: AgentApi;
  readonly logger: Logger;
  /** Whether that is the key; always false for a wrong one, at the same speed. */
  readonly isAuthKey: (key: string) => boolean;
  readonly needsAuth: boolean;
  readonly nowMs: () => number;
  /** Called once a command, for the counters. */
  readonly onCommand: () => void;
  /** Called when the handshake, and the key if one is needed, are over; more than once. */
  readonly onReady: () => void;
}

/** One client: takes its requests one after the other, and answers (serf.md §14.2). */
export class RpcConnection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #source: RequestSource;
  readonly #outbox: Outbox;
  readonly #session: RpcSession;
  #isHandshaken: boolean = false;
  #isAuthenticated: boolean;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#isAuthenticated = !parts.needsAuth;
    this.#source = new RequestSource(socket);
    this.#outbox = new Outbox(socket);
    this.#session = new RpcSession(parts.api, this.#outbox, parts.nowMs, (message) => parts.logger.warn({}, message));
    socket.on('error', () => {}).on('close', () => this.#session.close());
  }

  /** Serves until the client or this side ends; never rejects. */
  async serve(): Promise<void> {
    const deadline = setTimeout(() => this.#socket.destroy(), serverLimits.handshakeTimeoutMs);
    try {
      let previous: RpcRequestHeader | undefined;
      do {
        if (this.#isHandshaken && this.#isAuthenticated) {
          clearTimeout(deadline);
          this.#parts.onReady();
        }
        previous = await this.#serveOne(previous);
      } while (previous !== undefined);
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'a request could not be served');
    } finally {
      clearTimeout(deadline);
      this.#session.close();
      this.#source.close();
      endSocket(this.#socket);
    }
  }

  /** Returns the header of the request that was answered; undefined when it was the last one. */
  async #serveOne(previous: RpcRequestHeader | undefined): Promise<RpcRequestHeader | undefined> {
    const value = await this.#source.next();
    if (value === undefined) return this.#reject(this.#source.failure);
    const header = decodeRequestHeader(value, previous);
    if (!header.ok) return this.#reject(header.reason);
    this.#parts.onCommand();
    return (await this.#answer(header.value)) ? header.value : undefined;
  }

  /** Whether the connection goes on. */
  async #answer({ command, seq }: RpcRequestHeader): Promise<boolean> {
    if (!this.#isHandshaken && command !== 'handshake') return this.#refuse(seq, 'Handshake required');
    if (!this.#isAuthenticated && command !== 'handshake' && command !== 'auth') {
      await this.#outbox.send(encodeResponseHeader({ error: 'Authentication required', seq }));
      return this.#skipBody(command);
    }
    if (!isRpcCommand(command)) return this.#refuse(seq, 'Unsupported command', `command '${command}' not recognized`);
    const body = await this.#readBody(command);
    if (body === undefined) return false;
    const answer = await this.#run(command, seq, body.value);
    if (answer === undefined) {
      this.#reject('Failed to compile regex');
      return false;
    }
    await this.#outbox.send(encodeResponse(command, { error: answer.error, seq }, answer.body));
    answer.afterAnswer?.();
    return true;
  }

  async #run<Command extends RpcCommand>(
    command: Command,
    seq: number,
    body: RpcRequestBodies[Command],
  ): Promise<Answer<Command> | undefined> {
    if (command === 'handshake') return this.#handshake(body as RpcRequestBodies['handshake']) as Answer<Command>;
    if (command === 'auth') return this.#authenticate(body as RpcRequestBodies['auth']) as Answer<Command>;
    const context = { api: this.#parts.api, session: this.#session, seq };
    return (await runCommand(command, context, body as never)) as Answer<Command> | undefined;
  }

  #handshake({ version }: RpcRequestBodies['handshake']): Answer<'handshake'> {
    if (version !== 1) return { error: 'Unsupported IPC version', body: undefined };
    if (this.#isHandshaken) return { error: 'Handshake already performed', body: undefined };
    this.#isHandshaken = true;
    return { error: '', body: undefined };
  }

  #authenticate({ authKey }: RpcRequestBodies['auth']): Answer<'auth'> {
    if (!this.#parts.isAuthKey(authKey)) return { error: 'Invalid authentication token', body: undefined };
    this.#isAuthenticated = true;
    return { error: '', body: undefined };
  }

  /** Undefined when there is none that can be understood. */
  async #readBody<Command extends RpcCommand>(
    command: Command,
  ): Promise<{ readonly value: RpcRequestBodies[Command] } | undefined> {
    if (!hasRequestBody(command)) return { value: undefined as RpcRequestBodies[Command] };
    const value = await this.#source.next();
    if (value === undefined) return this.#reject(this.#source.failure);
    const body = decodeRequestBody(command, value);
    return body.ok ? body : this.#reject(`the body of ${command}: ${body.reason}`);
  }

  /** Whether the next value is a header again. After an unknown command nobody can tell. */
  async #skipBody(command: string): Promise<boolean> {
    if (!isRpcCommand(command)) return false;
    return !hasRequestBody(command) || (await this.#source.next()) !== undefined;
  }

  async #refuse(seq: number, error: string, reason: string = error): Promise<false> {
    await this.#outbox.send(encodeResponseHeader({ error, seq }));
    this.#reject(reason);
    return false;
  }

  /** Tells the log why this connection is closed, if there is a reason. */
  #reject(reason: string | undefined): undefined {
    if (reason !== undefined) this.#parts.logger.error({}, `Failed to evaluate request: ${reason}`);
  }
}
