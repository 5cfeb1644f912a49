import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A statsd on loopback that adds up counters: how a test looks into an agent, whoever made it. */
export class Statsd {
  /** Makes an agent send its metrics here. */
  readonly flag: string;
  readonly #socket: Socket;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'hearsay-statsd-'));
  readonly #totals: Map<string, number> = new Map();

  private constructor(socket: Socket) {
    this.#socket = socket;
    const path = join(this.#folder, 'agent.json');
    writeFileSync(path, JSON.stringify({ statsd_addr: `127.0.0.1:${socket.address().port}` }));
    this.flag = `-config-file=${path}`;
    socket.on('message', (packet) => this.#receive(packet.toString()));
  }

  static async start(): Promise<Statsd> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Statsd(socket);
  }

  /** The sum of a counter since the start, by its name without the agent's prefix. */
  total(name: string): number {
    return this.#totals.get(name) ?? 0;
  }

  /** The sum of all counters whose names begin so. */
  totalOf(start: string): number {
    return [...this.#totals].reduce((sum, [name, total]) => (name.startsWith(start) ? sum + total : sum), 0);
  }

  stop(): void {
    this.#socket.close();
    rmSync(this.#folder, { recursive: true });
  }

  #receive(packet: string): void {
    for (const [, name, value] of packet.matchAll(/^serf-agent\.(.+):(.+)\|c$/gm)) {
      this.#totals.set(name!, this.total(name!) + Number(value));
    }
  }
}
