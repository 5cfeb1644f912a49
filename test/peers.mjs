/**
 * Finds the programs of other people that the interop suite runs against, and fetches them where it may: the Debian
 * packages `serf`, `prometheus-alertmanager` and `prometheus`, unpacked into node_modules/.cache. That needs no root, starts no
 * service and changes nothing outside this folder. Plain JavaScript, because it runs before anything is built.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheFolder = fileURLToPath(new URL('../node_modules/.cache/hearsay-peers/', import.meta.url));

/** One entry a program: the Debian package it comes in, and the suite that needs it. */
export const peerPrograms = [
  { program: 'serf', debianPackage: 'serf', suite: 'test/interop/serf' },
  { program: 'prometheus-alertmanager', debianPackage: 'prometheus-alertmanager', suite: 'test/interop/alertmanager' },
  { program: 'prometheus', debianPackage: 'prometheus', suite: 'test/interop/prometheus' },
  { program: 'promtool', debianPackage: 'prometheus', suite: 'test/interop/prometheus' },
];

/** The program's path: on PATH, or in the cache; undefined when it is in neither. */
export function findPeer(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(cacheFolder, 'root/usr/bin')];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/**
 * Fetches what is missing. Returns why it could not, or undefined when everything is there.
 * `timeoutMs` bounds each of the few commands it runs.
 */
export async function fetchPeers(timeoutMs = 120_000) {
  const missing = peerPrograms.filter(({ program }) => findPeer(program) === undefined);
  if (missing.length === 0) return undefined;
  const names = [...new Set(missing.map(({ debianPackage }) => debianPackage))];
  try {
    await downloadDebianPackages(names, timeoutMs);
    for (const file of readdirSync(join(cacheFolder, 'download'))) {
      await run('dpkg-deb', ['--extract', join(cacheFolder, 'download', file), join(cacheFolder, 'root')], {
        timeout: timeoutMs,
      });
    }
    for (const { program } of missing) makeRelocatable(join(cacheFolder, 'root/usr/bin', program));
  } catch (error) {
    return reasonOf(error);
  }
  const still = missing.filter(({ program }) => findPeer(program) === undefined);
  return still.length === 0 ? undefined : `the packages hold no ${still.map(({ program }) => program).join(', ')}`;
}

/** Tries the package lists the machine has; when they are absent or stale, fetches lists of our own into the cache. */
async function downloadDebianPackages(names, timeoutMs) {
  const download = join(cacheFolder, 'download');
  const lists = join(cacheFolder, 'apt/lists');
  rmSync(download, { recursive: true, force: true });
  for (const folder of [download, join(lists, 'partial'), join(cacheFolder, 'apt/archives/partial')]) {
    mkdirSync(folder, { recursive: true });
  }
  const bounded = ['-q', '-o', 'Acquire::http::Timeout=30', '-o', 'Acquire::Retries=2'];
  const options = { cwd: download, timeout: timeoutMs, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await run('apt-get', [...bounded, 'download', ...names], options);
  } catch (error) {
    if (error.code === 'ENOENT') throw error;
    const own = [...bounded, '-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${join(cacheFolder, 'apt')}`];
    await run('apt-get', [...own, 'update'], options);
    await run('apt-get', [...own, 'download', ...names], options);
  }
}

/**
 * Debian builds Alertmanager to read its templates from an absolute path. In our unpacked copy that path becomes a
 * relative one of the same length: it is meant to run in the folder that holds its usr/. Nothing else is touched.
 */
function makeRelocatable(path) {
  const absolute = Buffer.from('/usr/share/prometheus/alertmanager');
  const relative = Buffer.from('usr/share/prometheus/alertmanager/');
  if (!existsSync(path)) return;
  const program = readFileSync(path);
  for (let at = program.indexOf(absolute); at >= 0; at = program.indexOf(absolute, at)) relative.copy(program, at);
  writeFileSync(path, program);
}

function reasonOf(error) {
  if (error.code === 'ENOENT') return `${error.path ?? 'apt-get'} is not on this machine`;
  if (error.killed) return 'apt took too long';
  const lines = String(error.stderr ?? error.message)
    .trim()
    .split('\n');
  return `apt could not fetch them: ${lines.find((line) => line.startsWith('E:')) ?? lines.at(-1)}`;
}
