import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { RpcClient, type RpcMember } from 'hearsay/client';
import { rootFolder } from '../../support/source-files.ts';
import { eventually } from './eventually.ts';
import { installHandler, readHandled } from './handler-script.ts';
import { PeerProcess, requirePeer, type Lifetime } from './peer-process.ts';
import { freePort } from './ports.ts';

/** Whose program it is: `serf`, or `hearsay`. */
export type Maker = 'stock' | 'ours';

export interface MixedAgentOptions {
  /** A base64 key of 32 bytes. */
  readonly key?: string | undefined;
  /** Gossip address of whom it joins at start. */
  readonly join?: string | undefined;
  /** Where gossip is bound; default: a port that is free. */
  readonly port?: number | undefined;
  /** What it advertises instead of where it is bound: the port of a path in front of it, on loopback. */
  readonly advertisedPort?: number | undefined;
  /** Further flags. */
  readonly flags?: readonly string[] | undefined;
  readonly lifetime?: Lifetime | undefined;
}

export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
}

/** An agent on loopback, theirs or ours, as a process of its own. Both are given the same flags. */
export class MixedAgent {
  readonly name: string;
  readonly maker: Maker;
  /** Where others reach its gossip. */
  readonly port: number;
  readonly rpcAddress: string;
  readonly process: PeerProcess;

  private constructor(name: string, maker: Maker, port: number, rpcPort: number, options: MixedAgentOptions) {
    this.name = name;
    this.maker = maker;
    this.port = options.advertisedPort ?? port;
    this.rpcAddress = `127.0.0.1:${rpcPort}`;
    const [path, ...first] = programOf(maker);
    const args = (folder: string): string[] => [
      ...first,
      'agent',
      `-node=${name}`,
      `-bind=127.0.0.1:${port}`,
      ...(this.port === port ? [] : [`-advertise=${this.address}`]),
      `-rpc-addr=${this.rpcAddress}`,
      '-profile=lan',
      '-log-level=debug',
      installHandler(folder),
      ...(options.key === undefined ? [] : [`-encrypt=${options.key}`]),
      ...(options.join === undefined ? [] : [`-join=${options.join}`]),
      ...(options.flags ?? []),
    ];
    this.process = new PeerProcess(`${name}-by-${maker}`, path, args, options.lifetime);
  }

  /** Resolves when the agent answers its RPC. */
  static async start(name: string, maker: Maker, options: MixedAgentOptions = {}): Promise<MixedAgent> {
    const agent = new MixedAgent(name, maker, options.port ?? (await freePort()), await freePort(), options);
    const answers = eventually(
      `${name} answers`,
      () => agent.members().catch(() => []),
      (members) => members.length > 0,
    );
    const hasEnded = await Promise.race([answers.then(() => false), agent.process.ended.then(() => true)]);
    if (hasEnded) throw new Error(`${name} has ended before it answered: ${agent.process.logLines.at(-1)}`);
    return agent;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Asked through our client, which costs no process. */
  async members(): Promise<readonly RpcMember[]> {
    const client = await RpcClient.connect({ address: this.rpcAddress, timeoutMs: 10_000 });
    try {
      return await client.members();
    } finally {
      client.close();
    }
  }

  /** What its handler script was called for: the lines that begin with `start`. */
  handled(start: string): string[] {
    return readHandled(this.process.folder, start);
  }

  /** Runs a command against it: that of its own maker, or the other one. */
  async command(args: readonly string[], maker: Maker = this.maker): Promise<CommandOutput> {
    const [path, ...first] = programOf(maker);
    const [name, ...rest] = args;
    const all = [...first, name!, `-rpc-addr=${this.rpcAddress}`, ...rest];
    return new Promise((resolve) => {
      execFile(path, all, { timeout: 40_000 }, (error, stdout) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout });
      });
    });
  }

  /** What it complained about since it started, save what it says of this machine. */
  get complaints(): string[] {
    return this.process.logLines.filter((line) => /\[(ERR|WARN)\]/.test(line) && !ofThisMachine.test(line));
  }
}

/**
 * Ours warns when it can be reached through loopback only, and when it was kept from running; stock ones when a handler
 * script was.
 */
const ofThisMachine = /advertised address chosen|held the event loop|Script '.*' slow, execution exceeding/;

function programOf(maker: Maker): [path: string, ...args: string[]] {
  const ours = join(rootFolder, 'packages/agent/bin/hearsay.js');
  return maker === 'stock' ? [requirePeer('serf')] : [process.execPath, ours];
}
