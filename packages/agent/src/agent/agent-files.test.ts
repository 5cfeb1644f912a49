import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadSerfVectors } from '../../../../test/golden/serf-vectors.ts';
import { readKeyringFile, writeKeyringFile } from './keyring-file.ts';
import { readTagsFile, writeTagsFile } from './tags-file.ts';

interface FileVector {
  readonly when: string;
  readonly file?: string;
  readonly mode: string;
  readonly content: string;
}

const { files } = loadSerfVectors<{ files: { old: FileVector[]; new: FileVector[] } }>('agent-files');
const folder = mkdtempSync(join(tmpdir(), 'hearsay-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const key = Buffer.alloc(32, 7).toString('base64');

const vectors = [...files.old, ...files.new];
const keyrings = vectors.filter(({ file }) => file?.startsWith('keys-'));
const tagFiles = vectors.filter(({ file }) => file === 'tags.json');

test.each(keyrings)('$file $when is read, and written as the same bytes', ({ content }) => {
  const path = join(folder, 'keys.json');
  writeFileSync(path, content);
  const { keys } = readKeyringFile(path);
  expect(keys.map((each) => Buffer.from(each).toString('base64'))).toEqual(JSON.parse(content));
  const copy = join(folder, 'copy.json');
  writeKeyringFile(copy, keys);
  expect(readFileSync(copy, 'utf8')).toBe(content);
});

test.each(tagFiles)('a tags file is read, and written as the same bytes with the same mode', ({ content, mode }) => {
  const path = join(folder, 'tags-in.json');
  writeFileSync(path, content);
  const copy = join(folder, 'tags-out.json');
  writeTagsFile(copy, readTagsFile(path)!);
  expect(readFileSync(copy, 'utf8')).toBe(content);
  expect(`0o${(statSync(copy).mode & 0o777).toString(8)}`).toBe(mode);
  rmSync(copy);
});

test('an existing file keeps its mode, a symbolic link stays one, and nothing else is left behind', () => {
  const dir = join(folder, 'linked');
  mkdirSync(dir);
  const real = join(dir, 'real.json');
  writeFileSync(real, '{}');
  chmodSync(real, 0o640);
  const link = join(dir, 'link.json');
  symlinkSync('real.json', link);
  writeTagsFile(link, { a: '1' });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(real, 'utf8')).toBe('{\n  "a": "1"\n}');
  expect(statSync(real).mode & 0o777).toBe(0o640);
  expect(readdirSync(dir).toSorted()).toEqual(['link.json', 'real.json']);
});

test.skipIf(process.getuid?.() !== 0)('written by root, a file stays that of its owner', () => {
  const path = join(folder, 'owned.json');
  writeFileSync(path, '{}');
  chownSync(path, 12_345, 54_321);
  writeTagsFile(path, { a: '1' });
  const { uid, gid } = statSync(path);
  expect([uid, gid]).toEqual([12_345, 54_321]);
});

test('a tags file that is not there yet is none', () => {
  expect(readTagsFile(join(folder, 'none.json'))).toBeUndefined();
});

test.each([
  ['[]', 'its value is [], and not an object'],
  ['{"a": 1}', 'key a is 1, and not a text'],
  ['{"a": "1"} x', 'there is text after the object'],
  ['{"a"', 'line 1, column 5: it ends in the middle'],
])('the tags file %s is refused with file, key, value and remedy', (content, problem) => {
  const path = join(folder, 'bad-tags.json');
  writeFileSync(path, content);
  expect(() => readTagsFile(path)).toThrow(
    `Failed to decode tags file '${path}': ${problem}; it must be a JSON object`,
  );
});

test.each([
  ['[]', 'Keyring file contains no keys ('],
  ['{}', 'it is not a list; it must be a JSON list of keys'],
  ['[5]', 'entry [0] is not a text'],
  [`["${key}", "AAECAw=="]`, 'key size must be 16, 24 or 32 bytes (it is 4)'],
  [`["${key}", "${key.slice(0, 20)}!"]`, 'Failed to decode key from keyring: illegal base64 data at input byte 20'],
  [`["${key.replace('=', '')}"]`, 'Failed to decode key from keyring: illegal base64 data at input byte 40'],
  [`["${key}"`, 'it ends in the middle'],
  [`["${key}"] x`, 'there is text after the list'],
])('the keyring file %s is refused, and no key is told', (content, problem) => {
  const path = join(folder, 'bad-keys.json');
  writeFileSync(path, content);
  const text = errorOf(() => readKeyringFile(path));
  expect(text).toContain(problem);
  expect(text).toContain(`'${path}'`);
  expect(text).not.toContain(key.slice(0, 10));
});

test('a keyring file that is not there is refused', () => {
  const path = join(folder, 'none.json');
  expect(errorOf(() => readKeyringFile(path))).toContain(`'${path}': no such file or directory`);
});

test('a keyring that others can read brings a warning, and a new one cannot be read by them', () => {
  const path = join(folder, 'fresh.json');
  writeKeyringFile(path, [Buffer.from(key, 'base64')]);
  expect(readKeyringFile(path).warnings).toEqual([]);
  chmodSync(path, 0o644);
  expect(readKeyringFile(path).warnings).toEqual([`Keyring file '${path}' can be read by other users; chmod 600 it`]);
});

test('a key that stands twice counts once', () => {
  const path = join(folder, 'twice.json');
  writeFileSync(path, JSON.stringify([key, key]));
  expect(readKeyringFile(path).keys).toHaveLength(1);
});

test('no keyring is written that could not be read again, and a failed write leaves the old one', () => {
  const path = join(folder, 'kept.json');
  writeKeyringFile(path, [Buffer.from(key, 'base64')]);
  const before = readFileSync(path, 'utf8');
  expect(() => writeKeyringFile(path, [])).toThrow('Keyring file contains no keys');
  expect(() => writeKeyringFile(path, [new Uint8Array(5)])).toThrow('key size must be');
  expect(readFileSync(path, 'utf8')).toBe(before);
  const nowhere = join(folder, 'no', 'dir.json');
  expect(errorOf(() => writeKeyringFile(nowhere, [Buffer.from(key, 'base64')]))).toContain(
    `Failed to write keyring file '${nowhere}': no such file or directory`,
  );
});

function errorOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
