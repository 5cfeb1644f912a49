/** `hearsay keys rotate` against an agent that plays a pool: steps, waiting, crashes, refusals. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { captureIo, type CapturedIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { expectDocument } from '../support/json-documents.ts';
import { ScriptedRpc, type ScriptedAnswer } from '../support/scripted-rpc.ts';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const [oldKey, newKey] = [key(1), key(2)];

/** A member of the pool: its keys, the one in use first. */
interface Member {
  status: 'alive' | 'failed';
  readonly keys: string[];
}

/** Members that do what they are told, through the RPC of one of them. */
class Pool {
  readonly members: Map<string, Member> = new Map();
  /** What was asked, in order. */
  readonly operations: string[] = [];
  /** Called before each operation. */
  onOperation: (name: string) => void = () => {};
  rpc!: ScriptedRpc;

  static async start(names: readonly string[], keys: readonly string[] = [oldKey]): Promise<Pool> {
    const pool = new Pool();
    for (const name of names) pool.members.set(name, { status: 'alive', keys: [...keys] });
    pool.rpc = await ScriptedRpc.start({
      members: () => ({ body: { Members: [...pool.members].map(([name, { status }]) => memberBody(name, status)) } }),
      'list-keys': () => pool.#answer('list', () => {}),
      'install-key': (body) => pool.#answer('install', (member) => add(member, keyOf(body))),
      'use-key': (body) => pool.#answer('use', (member) => use(member, keyOf(body))),
      'remove-key': (body) => pool.#answer('remove', (member) => remove(member, keyOf(body))),
    });
    return pool;
  }

  /** Each member's keys, the one in use first. */
  get keys(): string[][] {
    return [...this.members.values()].map(({ keys }) => keys);
  }

  #answer(operation: string, act: (member: Member) => void): ScriptedAnswer {
    this.operations.push(operation);
    this.onOperation(operation);
    const live = [...this.members.values()].filter(({ status }) => status === 'alive');
    live.forEach(act);
    const counts: Record<string, number> = {};
    for (const held of live.flatMap(({ keys }) => keys)) counts[held] = (counts[held] ?? 0) + 1;
    const body = { Messages: null, NumErr: 0, NumNodes: live.length, NumResp: live.length };
    return { body: { ...body, Keys: operation === 'list' ? counts : null } };
  }
}

function memberBody(name: string, status: string): object {
  const versions = { DelegateCur: 5, DelegateMax: 5, DelegateMin: 2, ProtocolCur: 2, ProtocolMax: 5, ProtocolMin: 1 };
  return { Addr: new Uint8Array([127, 0, 0, 1]), Name: name, Port: 7946, Status: status, Tags: {}, ...versions };
}

function keyOf(body: unknown): string {
  return (body as { readonly Key: string }).Key;
}

function add({ keys }: Member, added: string): void {
  if (!keys.includes(added)) keys.push(added);
}

function use({ keys }: Member, used: string): void {
  keys.splice(keys.indexOf(used), 1);
  keys.unshift(used);
}

function remove({ keys }: Member, removed: string): void {
  if (keys.includes(removed)) keys.splice(keys.indexOf(removed), 1);
}

let folder: string;
let pool: Pool;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hearsay-rotate-'))));
afterEach(async () => {
  await pool.rpc.stop();
  rmSync(folder, { recursive: true });
});

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function stateFile(): string {
  return join(folder, 'state.json');
}

async function rotate(flags: readonly string[], io: CapturedIo = captureIo()): Promise<Finished> {
  const own = [`-rpc-addr=${pool.rpc.address}`, `-state=${stateFile()}`, '-interval=5ms', '-timeout=10s'];
  const code = await runCli(['keys', 'rotate', ...own, ...flags], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

function storedState(): Record<string, unknown> {
  return JSON.parse(readFileSync(stateFile(), 'utf8')) as Record<string, unknown>;
}

test('the new key is installed, seen, used, and the old one removed', async () => {
  pool = await Pool.start(['a', 'b', 'c']);
  const { code, stdout, stderr } = await rotate([`-new-key=${newKey}`]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(pool.keys).toEqual([[newKey], [newKey], [newKey]]);
  expect(pool.operations.filter((operation) => operation !== 'list')).toEqual(['install', 'use', 'remove']);
  expect(stdout).toMatch(
    /^==> Rotating [^]*\n {4}list: [^]*\n {4}install: [^]*\n {4}use: [^]*\n {4}remove: [^]*==> Done/,
  );
  expect(stdout).not.toContain(newKey);
});

test('without a key a random one is made, and it is in the state file, which is for its owner alone', async () => {
  pool = await Pool.start(['a']);
  expect((await rotate([])).code).toBe(0);
  const { target, phase } = storedState();
  expect(pool.keys).toEqual([[target]]);
  expect(Buffer.from(String(target), 'base64')).toHaveLength(32);
  expect(phase).toBe('done');
  expect(statSync(stateFile()).mode & 0o777).toBe(0o600);
});

test('a dry run shows the steps and changes nothing', async () => {
  pool = await Pool.start(['a', 'b']);
  const { code, stdout } = await rotate(['-dry-run']);
  expect(code).toBe(0);
  expect(pool.operations).toEqual(['list']);
  expect(stdout).toMatch(/would be taken[^]*install: [^]*use: [^]*remove: [^]*Nothing was changed\n$/);
  expect(() => storedState()).toThrow('ENOENT');
});

test('--json prints one document, and the steps for people go to standard error', async () => {
  pool = await Pool.start(['a', 'b']);
  const { code, stdout, stderr } = await rotate(['--json']);
  expect(code).toBe(0);
  expect(stderr).toContain('    install: ');
  const document = expectDocument(stdout, 'hearsay/keys-rotate/1');
  expect(document['outcome']).toBe('done');
});

test('a failed member is waited for, and -resume goes on when it is back', async () => {
  pool = await Pool.start(['a', 'b']);
  pool.members.get('b')!.status = 'failed';
  const first = await rotate(['-timeout=200ms', `-new-key=${newKey}`, `-old-key=${oldKey}`]);
  expect(first.code).toBe(1);
  expect(first.stdout.match(/ wait: /g)).toHaveLength(1);
  expect(first.stderr).toMatch(/not finished within 200 ms: .*\bb\b.*-resume/);
  expect(pool.members.get('a')!.keys[0]).toBe(oldKey);
  pool.members.get('b')!.status = 'alive';
  expect((await rotate(['-resume'])).code).toBe(0);
  expect(pool.keys).toEqual([[newKey], [newKey]]);
});

test('a member that the agent does not list any more is waited for, until -forget', async () => {
  pool = await Pool.start(['a', 'b']);
  pool.onOperation = (operation) => {
    if (operation === 'install') pool.members.delete('b');
  };
  const first = await rotate(['-timeout=200ms', `-new-key=${newKey}`]);
  expect(first.code).toBe(1);
  expect(first.stderr).toMatch(/does not know members that were there before: b; .* -forget/);
  expect(pool.operations).not.toContain('use');
  expect((await rotate(['-forget=b'])).stderr).toContain('give -forget with -resume or -abort');
  expect((await rotate(['-resume', '-forget=b'])).code).toBe(0);
  expect(pool.keys).toEqual([[newKey]]);
});

test.each(['install', 'use', 'remove'])('interrupted while the pool does %s, it is resumed to the end', async (at) => {
  pool = await Pool.start(['a', 'b']);
  const io = captureIo();
  pool.onOperation = (operation) => {
    if (operation === at) io.interrupt('SIGINT');
  };
  const { code, stdout } = await rotate([`-new-key=${newKey}`], io);
  expect(code).toBe(130);
  expect(stdout).toContain('==> Interrupted. Go on with -resume');
  pool.onOperation = () => {};
  expect((await rotate(['-resume'])).code).toBe(0);
  expect(pool.keys).toEqual([[newKey], [newKey]]);
});

test('called off after the new key was used, all return to the old one', async () => {
  pool = await Pool.start(['a', 'b']);
  const io = captureIo();
  pool.onOperation = (operation) => {
    if (operation === 'use') io.interrupt('SIGINT');
  };
  await rotate([`-new-key=${newKey}`], io);
  pool.onOperation = () => {};
  expect((await rotate(['-abort'])).code).toBe(0);
  expect(pool.keys).toEqual([[oldKey], [oldKey]]);
});

test('once the old key is being removed there is no way back: refused with code 2', async () => {
  pool = await Pool.start(['a', 'b']);
  const io = captureIo();
  pool.onOperation = (operation) => {
    if (operation === 'remove') io.interrupt('SIGINT');
  };
  await rotate([`-new-key=${newKey}`], io);
  const { code, stdout } = await rotate(['-abort']);
  expect(code).toBe(2);
  expect(stdout).toContain('    refuse: ');
});

test('with several keys in the pool it has to be told which one is in use', async () => {
  pool = await Pool.start(['a'], [oldKey, key(3)]);
  const refused = await rotate([`-new-key=${newKey}`]);
  expect(refused.code).toBe(2);
  expect(pool.keys).toEqual([[oldKey, key(3)]]);
  expect((await rotate([`-new-key=${newKey}`, `-old-key=${oldKey}`])).code).toBe(0);
  expect(pool.keys).toEqual([[newKey, key(3)]]);
});

test('a rotation under way is not begun again, and one that is not there is not gone on with', async () => {
  pool = await Pool.start(['a', 'b']);
  expect((await rotate(['-resume'])).stderr).toMatch(/^hearsay keys rotate: there is no rotation to go on with/);
  pool.onOperation = (operation) => {
    if (operation === 'install') pool.members.get('b')!.status = 'failed';
  };
  await rotate(['-timeout=50ms']);
  const { code, stderr } = await rotate([]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hearsay keys rotate: a rotation is under way in .*-resume goes on with it, -abort/);
});

test('called off before anything was done, nothing is done', async () => {
  pool = await Pool.start(['a', 'b']);
  pool.members.get('b')!.status = 'failed';
  await rotate(['-timeout=50ms']);
  const { code, stdout } = await rotate(['-abort']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/==> Nothing was changed\n$/);
  expect(pool.keys).toEqual([[oldKey], [oldKey]]);
});

test('an agent that goes away in the middle is waited for', async () => {
  pool = await Pool.start(['a', 'b']);
  let isAway = false;
  pool.onOperation = (operation) => {
    if (operation !== 'install' || isAway) return;
    isAway = true;
    pool.rpc.hangUp();
  };
  const { code, stdout } = await rotate([`-new-key=${newKey}`]);
  expect(code).toBe(0);
  expect(stdout).toContain('    wait: ');
  expect(pool.keys).toEqual([[newKey], [newKey]]);
});

test.each([
  [['-resume', '-abort'], 'give -resume or -abort, not both'],
  [['-resume', `-new-key=${newKey}`], 'the keys are in the state file'],
  [['-new-key=AAEC'], 'the new key is 3 bytes'],
  [['-new-key=!!!!'], 'the new key is not base64'],
])('%j is refused: %s', async (flags, text) => {
  pool = await Pool.start(['a']);
  const { code, stderr } = await rotate(flags);
  expect(code).toBe(1);
  expect(stderr).toContain(text);
  expect(pool.operations).toEqual([]);
});
