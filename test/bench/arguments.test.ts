import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../bench/', import.meta.url));

function bench(script: string, ...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [folder + script, ...args], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

test('--help of a benchmark prints what stands at the head of its script', () => {
  const { code, stdout, stderr } = bench('swarm.mjs', '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^The swarms and the fault suite.*\n\n {2}node bench\/swarm\.mjs --seeds 100000/);
  expect(stdout).toMatch(/`--seeds 20` makes 125 runs\./);
});

test.each([
  ['swarm.mjs', ['--bogus'], "swarm.mjs: Unknown option '--bogus' (see --help)\n"],
  ['swarm.mjs', ['20'], "swarm.mjs: Unexpected argument '20' (see --help)\n"],
  ['experiments.mjs', ['--run', 'swim-load,nope'], 'experiments.mjs: there is no experiment nope\n'],
  ['sim.mjs', ['--nodes', 'many'], 'sim.mjs: not a list of counts: many\n'],
])('%s %j is one clear line on standard error', (script, args, message) => {
  expect(bench(script, ...args)).toEqual({ code: 1, stdout: '', stderr: message });
});
