/** Puts the tables that `all.sh` has left under .cache/bench into RESULTS.md, each between its pair of marks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const raw = fileURLToPath(new URL('../.cache/bench/', import.meta.url));

let text = readFileSync(file, 'utf8');
for (const name of ['peers', 'micro', 'sim', 'spread', 'mutation-wire', 'mutation-swim', 'agents', 'state']) {
  if (!existsSync(`${raw}${name}.md`)) continue;
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`RESULTS.md has no pair of marks for ${name}`);
  text = `${before}${begin}\n\n${readFileSync(`${raw}${name}.md`, 'utf8').trim()}\n\n${end}${after}`;
}
writeFileSync(file, text);
