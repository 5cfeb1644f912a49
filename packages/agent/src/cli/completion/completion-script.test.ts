import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { captureIo } from '../captured-io.ts';
import { runCli } from '../run-cli.ts';

const run = promisify(execFile);

async function script(shell: string): Promise<string> {
  const io = captureIo();
  expect(await runCli(['completion', shell], io)).toBe(0);
  return io.stdout;
}

test.each([
  [['hearsay', 'mem'], 'members'],
  [['hearsay', 'packet', ''], 'decode'],
  [['hearsay', 'packet', 'decode', '--fi'], '--file'],
  [['hearsay', 'packet', 'decode', '-fi'], '-file'],
  [['hearsay', 'kv', ''], 'delete export get import list put watch where'],
  [['hearsay', 'kv', 'get', '--lane', ''], 'shared owned telemetry'],
  [['hearsay', 'flags', 's'], 'set'],
  [['hearsay', 'members', '--format', ''], 'text json'],
  [['hearsay', 'members', '-format', '=', 'j'], 'json'],
  [['hearsay', 'members', '--rpc-addr', ''], ''],
  [['hearsay', 'query', 'load', '--t'], '--tag --timeout'],
  [['hearsay', 'event', 'members', '--for'], ''],
])('bash completes %j to %j, also when the script was read twice', async (words, completed) => {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _hearsay; echo "\${COMPREPLY[*]}"`;
  const text = await script('bash');
  const { stdout, stderr } = await run('bash', ['--norc', '-uc', `${text}\n${text}\n${ask}`]);
  expect(stderr).toBe('');
  expect(stdout).toBe(`${completed}\n`);
});

test.each(['zsh', 'fish'])('%s gets every command, and every flag with what it is for', async (shell) => {
  const text = await script(shell);
  for (const word of ['agent', 'force-leave', 'keys', 'decode', 'completion']) expect(text).toContain(word);
  expect(text).toMatch(/rpc-addr.*RPC address of the agent/);
  // The text of a flag holds an apostrophe and quotes must survive it.
  expect(text).toMatch(shell === 'zsh' ? /agent'\\''s own level/ : /agent\\'s own level/);
});

test('a shell that we have no script for is named', async () => {
  const io = captureIo();
  expect(await runCli(['completion', 'tcsh'], io)).toBe(1);
  expect(io.stderr).toContain("'tcsh' is invalid");
});
