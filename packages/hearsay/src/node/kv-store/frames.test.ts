import { expect, test } from 'vitest';
import { endOfSnapshot, fileHead, fileHeadBytes, FileKind, frame, readFrames, wholeSnapshot } from './frames.ts';

const records = [Uint8Array.of(2, 7), Uint8Array.of(3), Uint8Array.of(2, 8, 9)];

function file(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([fileHead(kind, 5), ...parts]);
}

test('the format of a file is what it was', () => {
  expect(Buffer.from(file(FileKind.log, frame([Uint8Array.of(2, 7)]))).toString('hex')).toBe(
    ['48534b5601020000', '00000005', 'e0ab9dd7', '00000002', 'ed8be5de', '0207'].join(''),
  );
  expect(Buffer.from(endOfSnapshot(258)).toString('hex')).toBe('ff00000102');
});

test('records are read as they were written', () => {
  const content = readFrames(file(FileKind.log, frame(records)), FileKind.log);
  expect(content).toMatchObject({ number: 5, damage: undefined, discarded: [] });
  expect(content.records.map((record) => [...record])).toEqual(records.map((record) => [...record]));
});

test('zeros that a crash leaves behind are no records', () => {
  const log = file(FileKind.log, frame(records));
  const content = readFrames(Buffer.concat([log, new Uint8Array(64)]), FileKind.log);
  expect(content).toMatchObject({ damage: 'torn', goodBytes: log.length });
  expect(content.records.length).toBe(3);
});

test('what stands behind a damaged record is kept apart', () => {
  const log = file(FileKind.log, frame(records));
  log[fileHeadBytes + 8 + 1]! ^= 1;
  const content = readFrames(log, FileKind.log);
  expect(content).toMatchObject({ records: [], damage: 'checksum', goodBytes: fileHeadBytes });
  expect(content.discarded.map((record) => [...record])).toEqual(records.slice(1).map((record) => [...record]));
});

test('a file of another kind, or of another version, is none', () => {
  const log = file(FileKind.log, frame(records));
  expect(readFrames(log, FileKind.snapshot).damage).toBe('head');
  log[4] = 2;
  expect(readFrames(log, FileKind.log)).toMatchObject({ damage: 'head', records: [] });
});

test('a snapshot is whole only with the record that says how many came before it', () => {
  const read = (...all: readonly Uint8Array[]): readonly Uint8Array[] | undefined =>
    wholeSnapshot(readFrames(file(FileKind.snapshot, frame(all)), FileKind.snapshot));
  expect(read(...records, endOfSnapshot(3))?.length).toBe(3);
  expect(read(...records)).toBeUndefined();
  expect(read(...records, endOfSnapshot(4))).toBeUndefined();
  expect(read()).toBeUndefined();
});
