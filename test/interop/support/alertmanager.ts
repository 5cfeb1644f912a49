import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { PeerProcess, requirePeer } from './peer-process.ts';
import { freePort } from './ports.ts';

interface StatusAnswer {
  readonly cluster: {
    readonly name: string;
    readonly status: string;
    readonly peers: readonly { readonly name: string; readonly address: string }[];
  };
}

const minimalConfig = 'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n';

/** A stock Prometheus Alertmanager on loopback: memberlist with its own layer on top, and names it makes itself. */
export class Alertmanager {
  readonly process: PeerProcess;
  readonly port: number;
  readonly #webAddress: string;

  private constructor(label: string, port: number, webPort: number, peer: Alertmanager | undefined) {
    this.port = port;
    this.#webAddress = `127.0.0.1:${webPort}`;
    this.process = new PeerProcess(label, requirePeer('prometheus-alertmanager'), (folder) => {
      writeFileSync(join(folder, 'config.yml'), minimalConfig);
      return [
        `--config.file=${join(folder, 'config.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=${this.#webAddress}`,
        `--cluster.listen-address=127.0.0.1:${port}`,
        `--cluster.advertise-address=127.0.0.1:${port}`,
        '--cluster.settle-timeout=5s',
        '--log.level=debug',
        ...(peer === undefined ? [] : [`--cluster.peer=${peer.address}`]),
      ];
    });
  }

  /** Resolves when it answers over HTTP. */
  static async start(label: string, peer?: Alertmanager): Promise<Alertmanager> {
    const instance = new Alertmanager(label, await freePort(), await freePort(), peer);
    await eventually(
      `${label} answers`,
      () => instance.peers().catch(() => []),
      (peers) => peers.length > 0,
    );
    return instance;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Addresses of the live members it lists, itself included. It lists neither failed nor left ones. */
  async peers(): Promise<string[]> {
    return (await this.#status()).cluster.peers.map((peer) => peer.address);
  }

  /** The name it made for itself. */
  async name(): Promise<string> {
    return (await this.#status()).cluster.name;
  }

  /** What it or the memberlist inside it complained about since it started. */
  get complaints(): string[] {
    return this.process.logLines.filter((line) => /level=(warn|error)|\[(ERR|WARN)\]/.test(line));
  }

  async #status(): Promise<StatusAnswer> {
    const answer = await fetch(`http://${this.#webAddress}/api/v2/status`, { signal: AbortSignal.timeout(5_000) });
    return (await answer.json()) as StatusAnswer;
  }
}

/** Two instances that see each other. */
export async function startAlertmanagerPair(): Promise<[Alertmanager, Alertmanager]> {
  const first = await Alertmanager.start('alertmanager-1');
  const second = await Alertmanager.start('alertmanager-2', first);
  for (const instance of [first, second]) {
    await eventually(
      `${instance.process.name} sees both`,
      () => instance.peers(),
      (peers) => peers.length === 2,
    );
  }
  return [first, second];
}
