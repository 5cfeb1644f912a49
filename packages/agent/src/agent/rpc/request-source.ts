import type { Socket } from 'node:net';
import { rpcLimits, RpcParser } from 'hearsay/client';

/**
 * What a client sends, one msgpack value at a time. The socket is read only while somebody asks, so a client that sends
 * more than is answered waits.
 */
export class RequestSource {
  readonly #socket: Socket;
  readonly #parser: RpcParser = new RpcParser({ maxValueBytes: rpcLimits.requestMaxBytes });
  #isOver: boolean = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      if (this.#isOver) return;
      this.#parser.push(chunk);
      socket.pause();
      this.#wake();
    });
    socket.on('end', () => this.#end()).on('close', () => this.#end());
    socket.pause();
  }

  /** Why nothing more will come; undefined when the client has simply ended. */
  get failure(): string | undefined {
    return this.#parser.failure;
  }

  /** The bytes of the next value; undefined when the client has ended, is gone, or does not speak msgpack. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const value = this.#parser.next();
      if (value !== undefined) return value;
      if (this.#isOver || this.#parser.failure !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#socket.resume();
      });
    }
  }

  /** What still comes is read and thrown away: unread bytes would make the system cut off our last answer. */
  close(): void {
    this.#isOver = true;
    this.#socket.resume();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
