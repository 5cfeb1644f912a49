import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { freePort } from './ports.ts';

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
  readonly #packets: Socket = createSocket('udp4');
  readonly #streams: Server = createServer();
  #isStopped: boolean = false;

  private constructor(port: number, agentPort: number, delayMs: number) {
    this.port = port;
    this.agentPort = agentPort;
    this.#delayMs = delayMs;
  }

  static async start(delayMs: number): Promise<SlowPath> {
    const path = new SlowPath(await freePort(), await freePort(), delayMs);
    await path.#open();
    return path;
  }

  stop(): void {
    this.#isStopped = true;
    this.#packets.close();
    this.#streams.close();
  }

  async #open(): Promise<void> {
    this.#packets.on('message', (packet) => setTimeout(() => this.#pass(packet), this.#delayMs));
    this.#packets.bind(this.port, '127.0.0.1');
    this.#streams.on('connection', (from) => {
      const to = connect(this.agentPort, '127.0.0.1');
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
