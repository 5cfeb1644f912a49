/** RESULTS.md, and the parts of it that scripts write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

/** Puts the text between the pair of marks of that name. @param {string} name @param {string} text */
export function writeBetweenMarks(name, text) {
  const whole = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = whole.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`RESULTS.md has no pair of marks for ${name}`);
  writeFileSync(file, `${before}${begin}\n\n${text.trim()}\n\n${end}${after}`);
}
