import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { freePort } from './ports.ts';

/** Sees all bytes that pass. */
export interface PathTap {
  /** To the agent. */
  onPacket(packet: Uint8Array): void;
  /** All that one connection brought to the agent, when it has ended. */
  onStream(bytes: Uint8Array): void;
  /** All that the agent answered on a connection, when it has ended. */
  onAnswer(bytes: Uint8Array): void;
}

/** Else a burst from nine others may find no room while this process is busy with something else. */
const receiveBufferBytes = 4 * 1024 * 1024;

/**
 * A stretch of network in front of an agent, which advertises the port of the path instead of its own: packets arrive
 * late, streams at once. An ack goes to the address that the pinging agent advertises, so a round trip between two
 * agents takes the delays of both their paths.
 */
export class SlowPath {
  /** What the agent is to advertise. */
  readonly port: number;
  /** Where the agent is to be bound. */
  readonly agentPort: number;
  readonly #delayMs: number;
  readonly #tap: PathTap | undefined;
  readonly #packets: Socket = createSocket('udp4');
  readonly #streams: Server = createServer();
  #isStopped: boolean = false;

  private constructor(port: number, agentPort: number, delayMs: number, tap: PathTap | undefined) {
    this.port = port;
    this.agentPort = agentPort;
    this.#delayMs = delayMs;
    this.#tap = tap;
  }

  static async start(delayMs: number, tap?: PathTap): Promise<SlowPath> {
    const path = new SlowPath(await freePort(), await freePort(), delayMs, tap);
    await path.#open();
    return path;
  }

  stop(): void {
    this.#isStopped = true;
    this.#packets.close();
    this.#streams.close();
  }

  async #open(): Promise<void> {
    this.#packets.on('message', (packet) => {
      this.#tap?.onPacket(packet);
      if (this.#delayMs === 0) this.#pass(packet);
      else setTimeout(() => this.#pass(packet), this.#delayMs);
    });
    this.#packets.bind(this.port, '127.0.0.1', () => this.#packets.setRecvBufferSize(receiveBufferBytes));
    this.#streams.on('connection', (from) => {
      const to = connect(this.agentPort, '127.0.0.1');
      if (this.#tap !== undefined) {
        collect(from, (bytes) => this.#tap!.onStream(bytes));
        collect(to, (bytes) => this.#tap!.onAnswer(bytes));
      }
      from.pipe(to).pipe(from);
      from.on('error', () => to.destroy());
      to.on('error', () => from.destroy());
    });
    this.#streams.listen(this.port, '127.0.0.1');
    await Promise.all([once(this.#packets, 'listening'), once(this.#streams, 'listening')]);
  }

  #pass(packet: Buffer): void {
    if (!this.#isStopped) this.#packets.send(packet, this.agentPort, '127.0.0.1');
  }
}

function collect(stream: NodeJS.ReadableStream, take: (bytes: Uint8Array) => void): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
  stream.on('close', () => take(Buffer.concat(chunks)));
}
