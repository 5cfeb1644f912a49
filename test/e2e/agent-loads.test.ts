import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { rootFolder } from '../support/source-files.ts';

interface Loaded {
  /** Modules of Node, as `NativeModule http`. */
  readonly builtins: readonly string[];
  /** Other people's packages. */
  readonly packages: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'hearsay-loads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs first in the agent's process; reports and ends it when the agent has said that it runs. */
const reporter = `
const { write } = process.stdout;
process.stdout.write = function (text, ...rest) {
  if (/Log data will now stream|agent running/.test(text)) setTimeout(report, 100);
  return write.call(this, text, ...rest);
};
function report() {
  const packages = Object.keys(require.cache).map((path) => /node_modules\\/([^/]+)/.exec(path)?.[1]);
  process._rawDebug(JSON.stringify({ builtins: process.moduleLoadList, packages: packages.filter(Boolean) }));
  process.exit();
}
`;

/** What an agent has loaded when it runs. */
async function loadedWith(flags: readonly string[]): Promise<Loaded> {
  const script = join(folder, 'report.cjs');
  writeFileSync(script, reporter);
  const bin = join(rootFolder, 'packages/agent/bin/hearsay.js');
  const args = ['-r', script, bin, 'agent', '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0', ...flags];
  const { stderr } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  const { builtins, packages } = JSON.parse(stderr) as Loaded;
  return { builtins, packages: [...new Set(packages)] };
}

test('an agent has loaded one package of other people, and nothing of HTTP', async () => {
  const { builtins, packages } = await loadedWith([]);
  expect(packages).toEqual(['commander']);
  expect(builtins).toContain('NativeModule dgram');
  expect(builtins).not.toContain('NativeModule http');
});

test('an agent loads HTTP and pino when settings ask for them', async () => {
  const { builtins, packages } = await loadedWith(['-prometheus-addr=127.0.0.1:0', '-log-json']);
  expect(packages).toContain('pino');
  expect(builtins).toContain('NativeModule http');
});
