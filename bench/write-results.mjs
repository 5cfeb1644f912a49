/** Puts the tables that `all.sh` has left under .cache/bench into RESULTS.md, each between its pair of marks. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeBetweenMarks } from './lib/results-file.mjs';

const raw = fileURLToPath(new URL('../.cache/bench/', import.meta.url));

for (const name of [
  'peers',
  'micro',
  'sim',
  'spread',
  'mutation-wire',
  'mutation-swim',
  'agents',
  'state',
  'real',
  'storm',
]) {
  if (existsSync(`${raw}${name}.md`)) writeBetweenMarks(name, readFileSync(`${raw}${name}.md`, 'utf8'));
}
