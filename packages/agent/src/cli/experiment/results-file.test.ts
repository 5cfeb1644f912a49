import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ResultsFile, type ResultsHeader } from './results-file.ts';

const header: ResultsHeader = {
  format: 'hearsay/experiment-results/1',
  experiment: 'tides',
  version: 1,
  build: 'abc',
  startedAt: '2025-01-01T00:00:00.000Z',
  node: 'v20.19.0',
  machine: 'a machine',
};

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-results-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'results.jsonl');
}

function fileWithTwo(): string {
  const path = newPath();
  const file = new ResultsFile(path, header, 'go-on');
  file.add({ cell: 'ebb', seed: 1, result: { metres: 0.1 }, wallMs: 7 });
  file.add({ cell: 'flood', seed: 1, result: null, wallMs: 8 });
  return path;
}

test('what was written is found again, under the header that the file began with', () => {
  const later = { ...header, startedAt: '2025-02-02T00:00:00.000Z', machine: 'another machine' };
  const file = new ResultsFile(fileWithTwo(), later, 'go-on');
  expect(file.header).toEqual(header);
  expect(file.get('ebb', 1)).toEqual({ cell: 'ebb', seed: 1, result: { metres: 0.1 }, wallMs: 7 });
  expect(file.get('flood', 1)?.result).toBeNull();
  expect(file.get('ebb', 2)).toBeUndefined();
});

test('a file cut anywhere loses the line that was cut, and no other, and goes on', () => {
  const whole = readFileSync(fileWithTwo(), 'utf8');
  const [headerEnd, firstEnd] = [...whole.matchAll(/\n/g)].map(({ index }) => index + 1);
  for (let length = 0; length < whole.length; length++) {
    const path = newPath();
    writeFileSync(path, whole.slice(0, length));
    const file = new ResultsFile(path, header, 'go-on');
    expect(file.get('flood', 1), String(length)).toBeUndefined();
    expect(file.get('ebb', 1) !== undefined, String(length)).toBe(length >= firstEnd!);
    if (length < firstEnd!) file.add({ cell: 'ebb', seed: 1, result: { metres: 0.1 }, wallMs: 7 });
    file.add({ cell: 'flood', seed: 1, result: null, wallMs: 8 });
    expect(readFileSync(path, 'utf8'), String(length)).toBe(whole);
  }
  expect(headerEnd).toBeLessThan(firstEnd!);
});

test.each([
  [
    { experiment: 'winds' },
    /holds results of tides: --out names another file to begin one; --again deletes these results$/,
  ],
  [{ version: 2 }, /of version 1 of the experiment, which now has 2/],
  [{ build: 'def' }, /of build abc of the library, this is def/],
])('results of another one are not mixed in: %j', (changes, message) => {
  const path = fileWithTwo();
  const before = readFileSync(path, 'utf8');
  expect(() => new ResultsFile(path, { ...header, ...changes }, 'go-on')).toThrow(message);
  expect(readFileSync(path, 'utf8')).toBe(before);
  const again = new ResultsFile(path, { ...header, ...changes }, 'again');
  expect(again.get('ebb', 1)).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify({ ...header, ...changes })}\n`);
});

test('results that are only read may be of another build, but not of another experiment or version of it', () => {
  const path = fileWithTwo();
  const file = new ResultsFile(path, { ...header, build: 'def' }, 'kept');
  expect(file.header.build).toBe('abc');
  expect(file.get('ebb', 1)).toBeDefined();
  for (const changes of [{ experiment: 'winds' }, { version: 2 }]) {
    expect(() => new ResultsFile(path, { ...header, ...changes }, 'kept')).toThrow(/: --out names another file$/);
  }
});

test('where results are only read nothing is written: no file is begun, and a cut line stays as it is', () => {
  const missing = newPath();
  expect(() => new ResultsFile(missing, header, 'kept')).toThrow(`there is no ${missing}`);
  expect(existsSync(missing)).toBe(false);
  for (const cutBytes of [3, 100_000]) {
    const path = fileWithTwo();
    const text = readFileSync(path, 'utf8').slice(0, -cutBytes);
    writeFileSync(path, text);
    const file = new ResultsFile(path, header, 'kept');
    expect([...file.lines()]).toHaveLength(text === '' ? 0 : 1);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
});

test.each(['dear diary\n', '{"format":"something else"}\n', 'no line end'])(
  'a file of somebody else is left alone, also with --again: %j',
  (text) => {
    const path = newPath();
    writeFileSync(path, text);
    expect(() => new ResultsFile(path, header, 'again')).toThrow(/holds something else/);
    expect(() => new ResultsFile(path, header, 'go-on')).toThrow(/holds something else/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

test.each(['nonsense', '{"cell":"ebb","seed":2,"result":{},"wallMs":1}', '{"cell":"ebb","seed":2,"wallMs":1}', 'null'])(
  'a broken line in the middle is named, not skipped: %s',
  (line) => {
    const path = fileWithTwo();
    appendFileSync(path, `${line}\n{"cell":"ebb","seed":2,"result":1,"wallMs":1}\n`);
    expect(() => new ResultsFile(path, header, 'go-on')).toThrow(
      /line 4 of .* is no result of this experiment; mend it/,
    );
  },
);

test('a place that cannot be read is one clear line', () => {
  const folder = dirname(newPath());
  expect(() => new ResultsFile(folder, header, 'go-on')).toThrow(
    /^cannot read .*: EISDIR: .*; --out names another file$/,
  );
});

test('a place that cannot be written is one clear line', () => {
  expect(() => new ResultsFile(join(newPath(), 'deeper'), header, 'go-on')).toThrow(/^cannot write .*deeper/);
});
