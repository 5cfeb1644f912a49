/**
 * What `npm test` runs, from a fresh install to the last test. Plain Node, no dependencies.
 *
 *   npm test                     everything
 *   npm test -- --fast           unit and property tests only: no real peers, no swarm, no format, lint or type checks
 *   npm test -- swim             only test files whose path contains "swim"; further flags go to vitest
 *
 * A skipped suite is named in one line; with CI=true a skip is a failure.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchPeers, findPeer, peerPrograms } from './peers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCi = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';
const isFast = process.argv.includes('--fast');
const forVitest = process.argv.slice(2).filter((argument) => argument !== '--fast');
const isPartial = isFast || forVitest.length > 0;
const startedAtMs = Date.now();

/**
 * Suites with real time in them: they mostly wait, so they run apart from those that keep the processor busy. What fails
 * there on a machine that has stalled is tried once more, and the report names it: "(retry x1)".
 */
const socketSuites = ['test/e2e', 'test/examples.test.ts'];
const peerSuites = ['test/interop'];

checkNodeVersion();
if (!isPartial) {
  await providePeers();
  await step('format', 'prettier', ['--check', '--log-level', 'warn', '.']);
}
await step('build', 'tsc', ['-b', 'packages/hearsay', 'packages/agent/src/cli']);
if (isPartial) {
  const scope = isFast ? ['--exclude', 'test/**'] : [];
  await step('tests', 'vitest', ['run', ...scope, ...forVitest]);
} else {
  await step('types', 'tsc', ['-b']);
  await step('lint', 'oxlint', ['--type-aware', '--quiet']);
  const apart = [...socketSuites, ...peerSuites].flatMap((path) => ['--exclude', path, '--exclude', `${path}/**`]);
  await step('tests', 'vitest', ['run', ...apart]);
  await step('tests on real sockets', 'vitest', ['run', ...socketSuites, '--retry=1']);
  await step('tests against real peers', 'vitest', ['run', ...peerSuites, '--retry=1', '--maxWorkers=3']);
}
say(`all good in ${secondsSince(startedAtMs)}`);

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node ${process.version} is too old: 20.19 or newer is needed`);
  if (!existsSync(join(root, 'node_modules/vitest'))) fail('packages are missing: run `npm ci` first');
  say(`node ${process.version}`);
}

async function providePeers() {
  const reason = await fetchPeers();
  const present = peerPrograms.filter(({ program }) => findPeer(program) !== undefined);
  const absent = peerPrograms.filter((peer) => !present.includes(peer));
  if (present.length > 0) say(`peers: ${present.map(({ program }) => findPeer(program)).join(', ')}`);
  if (absent.length === 0) return;
  const skipped = absent.map(({ program, suite }) => `${suite} (no ${program})`).join(', ');
  if (isCi) fail(`would skip ${skipped}: ${reason}. Under CI a skip is a failure`);
  say(`skipping ${skipped}: ${reason}. Install the Debian packages by hand to run them`);
}

async function step(name, program, args) {
  const stepStartedAtMs = Date.now();
  say(`${name}: ${program} ${args.join(' ')}`);
  const exitCode = await new Promise((resolve) => {
    const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
    child.once('error', (error) => fail(`${name} could not start: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code ?? `signal ${signal}`));
  });
  if (exitCode !== 0) fail(`${name} failed (${exitCode}) after ${secondsSince(stepStartedAtMs)}`);
  say(`${name}: ok in ${secondsSince(stepStartedAtMs)}`);
}

function secondsSince(instantMs) {
  return `${((Date.now() - instantMs) / 1_000).toFixed(1)} s`;
}

function say(line) {
  console.log(`[test] ${line}`);
}

function fail(line) {
  console.error(`[test] ${line}`);
  process.exit(1);
}
