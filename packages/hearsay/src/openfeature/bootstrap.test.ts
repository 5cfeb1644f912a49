import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBootstrapFile } from './bootstrap.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearsay-bootstrap-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const path = join(folder, 'flags.json');
  writeFileSync(path, text);
  return path;
}

test('a bootstrap file has a flag under each name', () => {
  const flag = { variants: { on: true, off: false }, defaultVariant: 'on' };
  expect([...readBootstrapFile(fileWith(JSON.stringify({ a: flag, 'b/c': flag })))]).toEqual([
    ['a', flag],
    ['b/c', flag],
  ]);
});

test('a bootstrap file that is wrong says what is wrong', () => {
  const cases: readonly [string, RegExp][] = [
    ['{', /flags\.json cannot be read: .*JSON/],
    ['[]', /must hold an object with a flag under each name/],
    ['{"a": {"variants": {"on": true}}}', /flag "a": defaultVariant: is missing, and must name a variant \(on\)/],
  ];
  for (const [text, message] of cases) {
    expect(() => readBootstrapFile(fileWith(text))).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
    expect(() => readBootstrapFile(fileWith(text))).toThrow(message);
  }
  expect(() => readBootstrapFile(join(folder, 'none.json'))).toThrow(/none\.json cannot be read: ENOENT/);
});
