/** `hearsay keys rotate` killed in every phase, in a pool of stock agents and ours that keep their keys in files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { SerfAgent, shows } from './support/serf-agent.ts';

const program = fileURLToPath(new URL('../../packages/agent/bin/hearsay.js', import.meta.url));
const oldKey = Buffer.alloc(32, 7).toString('base64');
const newKey = Buffer.alloc(32, 8).toString('base64');

describe.skipIf(findPeer('serf') === undefined)('keys rotate', { timeout: 180_000 }, () => {
  test.each(['a stock agent', 'our agent'])(
    'killed in every phase, and a member with it, it is resumed to the end through %s',
    async (through) => {
      const files = new KeyringFiles(['stock-1', 'stock-2', 'ours']);
      const stock = await SerfAgent.start('stock-1', { flags: [files.flag('stock-1')] });
      const member = { join: stock, flags: [files.flag('stock-2')] };
      const second = await SerfAgent.start('stock-2', member);
      const ours = await OurAgent.start('ours', [files.flag('ours'), `-join=${stock.address}`]);
      for (const name of files.names) await shows(stock, name, 'alive');
      await eventually(
        'ours hears of stock-2',
        () => ours.io.stdout,
        (text) => /EventMemberJoin: stock-2/.test(text),
      );
      const rotation = new Rotation(through === 'our agent' ? ours.rpcAddress : stock.rpcAddress, files.folder);

      await rotation.killedAt('install', [`-new-key=${newKey}`]);
      await rotation.killedAt('use', ['-resume']);
      expect(await files.keysOf('stock-2')).toEqual(expect.arrayContaining([oldKey, newKey]));

      // Away while the rotation goes on: nothing is removed, and it comes back as it went.
      await second.process.stop('SIGKILL');
      await shows(stock, 'stock-2', 'failed');
      await eventually(
        'ours sees the failure',
        () => ours.io.stdout,
        (text) => /EventMemberFailed: stock-2/.test(text),
      );
      const waiting = await rotation.run(['-resume', '-timeout=4s']);
      expect(waiting).toMatchObject({ code: 1, stderr: expect.stringContaining('stock-2') });
      for (const name of files.names) expect(await files.keysOf(name)).toContain(oldKey);
      // The flag that comes last counts: at another address nobody would take it for the same so soon.
      await SerfAgent.start('stock-2', { ...member, flags: [...member.flags, `-bind=${second.address}`] });
      await shows(stock, 'stock-2', 'alive');

      await rotation.killedAt('remove', ['-resume']);
      expect(await rotation.run(['-resume'])).toMatchObject({ code: 0 });
      for (const name of files.names) expect(await files.keysOf(name)).toEqual([newKey]);
    },
  );
});

/** One for each agent, with the old key to begin with. */
class KeyringFiles {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'hearsay-rotate-'));
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
    for (const name of names) writeFileSync(this.#path(name), JSON.stringify([oldKey]), { mode: 0o600 });
    onTestFinished(() => rmSync(this.folder, { recursive: true }));
  }

  flag(name: string): string {
    return `-keyring-file=${this.#path(name)}`;
  }

  /** A stock agent writes the file in place: for a moment it is empty. */
  async keysOf(name: string): Promise<string[]> {
    const read = (): string => readFileSync(this.#path(name), 'utf8');
    return JSON.parse(
      await eventually(`a whole keyring file of ${name}`, read, (text) => text.endsWith(']')),
    ) as string[];
  }

  #path(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a process of its own, so that it can be killed. */
class Rotation {
  readonly #flags: readonly string[];

  constructor(rpcAddress: string, folder: string) {
    const stateFile = join(folder, 'rotation.json');
    this.#flags = [`-rpc-addr=${rpcAddress}`, `-state=${stateFile}`, '-interval=200ms', '-timeout=90s'];
  }

  run(flags: readonly string[]): Promise<Finished> {
    return this.#run(flags, () => false);
  }

  /** Without a chance to clean up, as soon as it says that it takes that step. */
  async killedAt(step: string, flags: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await this.#run(flags, (text) => text.includes(`    ${step}: `));
    expect({ code, stdout, stderr }).toMatchObject({ code: null, stdout: expect.stringContaining(`    ${step}: `) });
  }

  async #run(flags: readonly string[], isEnough: (stdout: string) => boolean): Promise<Finished> {
    const child = spawn(process.execPath, [program, 'keys', 'rotate', ...this.#flags, ...flags]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (isEnough(stdout)) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }
}
