import { expect, test } from 'vitest';
import { captureIo } from './captured-io.ts';
import { runCli } from './run-cli.ts';

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = captureIo();
  const code = await runCli(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

test('without a command the usage goes to standard error and the code is 127, as with serf', async () => {
  const { code, stdout, stderr } = await run();
  expect(code).toBe(127);
  expect(stdout).toBe('');
  expect(stderr).toContain('Usage: hearsay');
});

test('an unknown command is one line on standard error, with the likely one, and the code is 127', async () => {
  const { code, stdout, stderr } = await run('keygn');
  expect(code).toBe(127);
  expect(stdout).toBe('');
  expect(stderr).toBe("hearsay: unknown command 'keygn' (Did you mean keygen?) (see hearsay --help)\n");
});

test.each([
  ['sim', "hearsay: unknown command 'sim' (Did you mean simulate?) (see hearsay --help)\n"],
  ['te', "hearsay: unknown command 'te' (Did you mean telemetry?) (see hearsay --help)\n"],
  ['kv exp', "hearsay kv: unknown command 'exp' (Did you mean export?) (see hearsay kv --help)\n"],
  ['xyzzy', "hearsay: unknown command 'xyzzy' (see hearsay --help)\n"],
])('a command that was cut short is suggested whole: %s', async (words, message) => {
  expect((await run(...words.split(' '))).stderr).toBe(message);
});

test('an unknown flag is one line on standard error and the code is 1, as with serf', async () => {
  const { code, stdout, stderr } = await run('keygen', '-nosuch');
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe("hearsay keygen: unknown option '-nosuch' (see hearsay keygen --help)\n");
});

test.each([['-bytes=16'], ['--bytes=16'], ['-bytes', '16'], ['--bytes', '16']])(
  'keygen takes %s %s: one dash or two, equals sign or space',
  async (...flag) => {
    const { code, stdout } = await run('keygen', ...flag);
    expect(code).toBe(0);
    expect(Buffer.from(stdout, 'base64')).toHaveLength(16);
  },
);

test('keygen prints a new key of 32 bytes each time', async () => {
  const first = await run('keygen');
  const second = await run('keygen');
  expect(first.stdout).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  expect(second.stdout).not.toBe(first.stdout);
});

test('a key length that AES does not have is refused', async () => {
  const { code, stderr } = await run('keygen', '--bytes', '17');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hearsay keygen: .*'17' is invalid\. It must be 16, 24 or 32\..*\n$/);
});

test('with --json standard output is one JSON document that names its schema', async () => {
  const { stdout } = await run('keygen', '--json', '--bytes', '24');
  const document = JSON.parse(stdout) as { schema: string; bytes: number; key: string };
  expect(document).toMatchObject({ schema: 'hearsay/keygen/1', bytes: 24 });
  expect(Buffer.from(document.key, 'base64')).toHaveLength(24);
});

test('help for a command is what its --help prints', async () => {
  const help = await run('help', 'keygen');
  expect(help.code).toBe(0);
  expect(help).toEqual(await run('keygen', '--help'));
  expect(help.stdout).toContain('Exit codes:');
  expect(help.stdout).toContain('Examples:');
});

test('help for a command that is not there says so', async () => {
  expect(await run('help', 'nosuch')).toEqual({
    code: 127,
    stdout: '',
    stderr: "hearsay help: there is no command 'nosuch'\n",
  });
});

test('the version comes from the package, by command and by flag', async () => {
  const { stdout } = await run('version');
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\nAgent Protocol: 5 \(Understands back to: 2\)\n$/);
  for (const flag of ['-v', '-version', '--version']) expect((await run(flag)).stdout).toBe(stdout);
});
