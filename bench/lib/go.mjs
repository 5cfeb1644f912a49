/** Builds the programs of `bench/go` against the memberlist that the distribution packages. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const gopath = '/usr/share/gocode';
const sources = fileURLToPath(new URL('../go/', import.meta.url));

/**
 * Both sides, or ours alone where there is no Go. Who goes first changes from run to run, so that neither always finds the
 * machine as the other left it.
 * @param {number} run
 * @param {string | undefined} goVersion
 */
export function sidesInTurn(run, goVersion) {
  if (goVersion === undefined) return ['hearsay'];
  return run % 2 === 1 ? ['go', 'hearsay'] : ['hearsay', 'go'];
}

/**
 * @param {'peers' | 'member'} program
 * @param {string} binary where it is put
 * @returns {string | undefined} what it is made of; undefined, and a line on standard error, where it cannot be built
 */
export function buildGo(program, binary) {
  try {
    const compiler = execFileSync('go', ['version'], { encoding: 'utf8' }).split(' ')[2];
    if (!existsSync(`${gopath}/src/github.com/hashicorp/memberlist`)) {
      console.error('bench: Go side skipped: no package golang-github-hashicorp-memberlist-dev');
      return undefined;
    }
    mkdirSync(dirname(binary), { recursive: true });
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: gopath };
    const files = [`${sources}${program}.go`, `${sources}counting.go`];
    execFileSync('go', ['build', '-o', binary, ...files], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const version = ['-W', '-f', '${Version}', 'golang-github-hashicorp-memberlist-dev'];
    return `memberlist ${execFileSync('dpkg-query', version, { encoding: 'utf8' })} built with ${compiler}`;
  } catch (error) {
    console.error(`bench: Go side skipped: ${error.message.split('\n')[0]}`);
    return undefined;
  }
}
