import { createServer, type Server, type Socket } from 'node:net';
import { decodeMultiStream } from '@msgpack/msgpack';

/** One message of a recorded connection; `eof` where a side closed it. */
export interface RecordedMessage {
  readonly dir: 'c2s' | 's2c';
  readonly hex?: string;
  readonly eof?: boolean;
}

/**
 * Plays the agent's side of a recorded RPC connection, to the byte. It sends what the agent sent as soon as the client
 * has said as much as the recorded one had, and keeps what the client says.
 */
export class RecordedAgent {
  /** What the client has sent, value by value. */
  readonly received: unknown[] = [];
  readonly #messages: readonly RecordedMessage[];
  readonly #server: Server;

  private constructor(messages: readonly RecordedMessage[]) {
    this.#messages = messages;
    // A client that hangs up in the middle has had enough; its test looks at what it has sent.
    this.#server = createServer((socket) => void this.#play(socket).catch(() => {}));
  }

  static async start(messages: readonly RecordedMessage[]): Promise<RecordedAgent> {
    const agent = new RecordedAgent(messages);
    await new Promise<void>((resolve) => agent.#server.listen(0, '127.0.0.1', resolve));
    return agent;
  }

  /** What `-rpc-addr` takes. */
  get address(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the recorded agent does not listen');
    return `127.0.0.1:${address.port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #play(socket: Socket): Promise<void> {
    socket.on('error', () => {});
    let at = 0;
    for await (const value of decodeMultiStream(socket)) {
      this.received.push(value);
      at++;
      for (; this.#messages[at]?.dir === 's2c'; at++) {
        const { hex, eof } = this.#messages[at]!;
        if (eof === true) socket.end();
        else socket.write(Buffer.from(hex ?? '', 'hex'));
      }
    }
  }
}
