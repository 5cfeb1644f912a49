import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { swimRuleSets } from '../packages/hearsay/src/swim/index.ts';

test('every rule that can be switched has its chapter in docs/rules.md, and no other has one', () => {
  const text = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8');
  const chapters = [...text.matchAll(/^## `(\w+)`$/gm)].map(([, rule]) => rule!);
  expect(chapters.toSorted()).toEqual(Object.keys(swimRuleSets.sharp).toSorted());
});
