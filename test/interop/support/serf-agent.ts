import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';
import { PeerProcess, requirePeer } from './peer-process.ts';
import { freePort } from './ports.ts';

const run = promisify(execFile);

/** As `serf members -format json` prints it. */
export interface SerfMember {
  readonly name: string;
  readonly addr: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: 'alive' | 'leaving' | 'left' | 'failed';
}

export interface SerfOptions {
  /** `local` makes a test quick: suspicion of 3 s at most 18 s, probe timeout of 200 ms. */
  readonly profile?: 'lan' | 'wan' | 'local';
  /** A base64 key of 32 bytes. */
  readonly key?: string;
  readonly join?: Pick<SerfAgent, 'address'>;
  /** Further flags of `serf agent`. */
  readonly flags?: readonly string[];
  /** Needed then by every RPC client. */
  readonly rpcAuthKey?: string;
}

/** What came of a stock command. */
export interface SerfOutput {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a stock `serf` command against the agent that serves RPC there. With `interruptAfterMs` it is interrupted. */
export async function runSerf(
  rpcAddress: string,
  args: readonly string[],
  interruptAfterMs?: number,
): Promise<SerfOutput> {
  const [name, ...rest] = args;
  const child = spawn(requirePeer('serf'), [name!, `-rpc-addr=${rpcAddress}`, ...rest], { timeout: 30_000 });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const timer = interruptAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), interruptAfterMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code: code ?? -1, stdout };
}

/** A stock `serf agent` on loopback, asked through the stock `serf` command. */
export class SerfAgent {
  readonly process: PeerProcess;
  readonly name: string;
  readonly port: number;
  /** Where the agent's RPC listens. */
  readonly rpcAddress: string;
  readonly #rpcAuth: readonly string[];

  private constructor(name: string, port: number, rpcPort: number, options: SerfOptions) {
    this.name = name;
    this.port = port;
    this.rpcAddress = `127.0.0.1:${rpcPort}`;
    this.#rpcAuth = options.rpcAuthKey === undefined ? [] : [`-rpc-auth=${options.rpcAuthKey}`];
    this.process = new PeerProcess(name, requirePeer('serf'), (folder) => [
      'agent',
      `-node=${name}`,
      `-bind=127.0.0.1:${port}`,
      `-rpc-addr=${this.rpcAddress}`,
      `-profile=${options.profile ?? 'local'}`,
      '-log-level=debug',
      ...(options.rpcAuthKey === undefined ? [] : [`-config-file=${authFile(folder, options.rpcAuthKey)}`]),
      ...(options.key === undefined ? [] : [`-encrypt=${options.key}`]),
      ...(options.join === undefined ? [] : [`-join=${options.join.address}`]),
      ...(options.flags ?? []),
    ]);
  }

  /** Resolves when the agent answers its RPC. */
  static async start(name: string, options: SerfOptions = {}): Promise<SerfAgent> {
    const agent = new SerfAgent(name, await freePort(), await freePort(), options);
    await eventually(
      `${name} answers`,
      () => agent.members().catch(() => []),
      (members) => members.length > 0,
    );
    return agent;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async members(): Promise<SerfMember[]> {
    const { stdout } = await this.#command('members', '-format=json');
    return (JSON.parse(stdout) as { members: SerfMember[] }).members;
  }

  /** The status of `name`, or undefined when this agent does not list it. */
  async statusOf(name: string): Promise<SerfMember['status'] | undefined> {
    return (await this.members()).find((member) => member.name === name)?.status;
  }

  async leave(): Promise<void> {
    await this.#command('leave');
  }

  /** What it complained about since it started. */
  get complaints(): string[] {
    return this.process.logLines.filter((line) => /\[(ERR|WARN)\]/.test(line));
  }

  async #command(name: string, ...args: string[]): Promise<{ stdout: string }> {
    const rpc = [`-rpc-addr=${this.rpcAddress}`, ...this.#rpcAuth];
    return await run(requirePeer('serf'), [name, ...rpc, ...args], { timeout: 15_000 });
  }
}

/** The agent has no flag for its RPC key. */
function authFile(folder: string, key: string): string {
  const path = join(folder, 'auth.json');
  writeFileSync(path, JSON.stringify({ rpc_auth: key }));
  return path;
}

/** Two agents that see each other. */
export async function startSerfPool(options: Omit<SerfOptions, 'join'> = {}): Promise<[SerfAgent, SerfAgent]> {
  const first = await SerfAgent.start('serf-1', options);
  const second = await SerfAgent.start('serf-2', { ...options, join: first });
  for (const agent of [first, second]) {
    await eventually(
      `${agent.name} sees both`,
      () => agent.members(),
      (members) => members.length === 2,
    );
  }
  return [first, second];
}

/** Waits until `agent` shows the member `name` in that status. */
export async function shows(
  agent: SerfAgent,
  name: string,
  status: SerfMember['status'],
  withinMs?: number,
): Promise<void> {
  const what = `${agent.name} shows ${name} as ${status}`;
  await eventually(
    what,
    () => agent.statusOf(name),
    (seen) => seen === status,
    withinMs,
  );
}
