import fc from 'fast-check';
import { expect, test } from 'vitest';
import { swimLimits } from '../swim/index.ts';
import type { Belief } from './belief.ts';
import { viewsLimits } from './limits.ts';
import { decodePage, decodeTableQuestion, encodePage, encodeTableQuestion, rowOf, type TableRow } from './table.ts';

const beliefs = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }),
    state: fc.constantFrom('alive', 'suspect', 'failed', 'left'),
    address: fc.option(fc.record({ host: fc.ipV6(), port: fc.nat(65_535) }), { nil: undefined }),
    incarnation: fc.nat(0xffffffff),
    meta: fc.uint8Array({ maxLength: 512 }),
  }),
  { selector: ({ name }) => name, maxLength: 300 },
) as fc.Arbitrary<Belief[]>;

/** All pages, as one who asks gets them. */
function readAll(all: readonly Belief[]): { rows: TableRow[]; pageCount: number; longestBytes: number } {
  const rows: TableRow[] = [];
  let longestBytes = 0;
  for (let pageCount = 1; ; pageCount += 1) {
    const after = decodeTableQuestion(encodeTableQuestion(rows.at(-1)?.name ?? ''))!;
    const bytes = encodePage(all, after);
    longestBytes = Math.max(longestBytes, bytes.length);
    const page = decodePage(bytes, after)!;
    rows.push(...page.rows);
    if (!page.hasMore) return { rows, pageCount, longestBytes };
  }
}

test('a member list is read page by page as it was', () => {
  fc.assert(
    fc.property(beliefs, (all) => {
      const sorted = all.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(readAll(all).rows).toEqual(sorted);
    }),
  );
});

test('5,000 members with 500 bytes of tags each take some pages, none of which is too long', () => {
  const all = Array.from({ length: 5_000 }, (_, index) => ({
    name: `n${index}`,
    state: 'alive' as const,
    address: { host: '10.0.0.1', port: 7_946 },
    incarnation: 1,
    meta: new Uint8Array(500),
  }));
  const { rows, pageCount, longestBytes } = readAll(all);
  expect(rows).toHaveLength(5_000);
  expect(pageCount).toBe(43);
  expect(longestBytes).toBeLessThanOrEqual(viewsLimits.pageMaxBytes);
  expect(pageCount).toBeLessThan(viewsLimits.pagesMax);
});

test('of metadata that no correct member has, a part is told, and of a page that is too long nothing is taken', () => {
  const long = { name: 'b', state: 'left' as const, address: undefined, incarnation: 0, meta: new Uint8Array(60_000) };
  const { rows } = readAll([{ ...long, name: 'a' }, long]);
  expect(rows.map(({ meta }) => meta.length)).toEqual([viewsLimits.metaMaxBytes, viewsLimits.metaMaxBytes]);
  const pages = Uint8Array.from([1, 0, ...Array.from({ length: 62_000 }, () => 0)]);
  expect(decodePage(pages, '')).toBeUndefined();
});

test('a name that no member can have is refused: the next question would be too long for it', () => {
  const row = { state: 'alive', address: undefined, incarnation: 1, meta: new Uint8Array(0) } as const;
  const pageOf = (nameBytes: number): Uint8Array => encodePage([{ ...row, name: 'n'.repeat(nameBytes) }], '');
  expect(decodePage(pageOf(swimLimits.nameMaxBytes), '')?.rows).toHaveLength(1);
  expect(decodePage(pageOf(swimLimits.nameMaxBytes + 1), '')).toBeUndefined();
});

test('bytes that are no page, or whose names do not go on, are refused', () => {
  const page = encodePage(
    [{ name: 'b', state: 'alive', address: undefined, incarnation: 1, meta: new Uint8Array(0) }],
    '',
  );
  expect(decodePage(page, 'a')?.rows).toHaveLength(1);
  for (const after of ['b', 'c']) expect(decodePage(page, after)).toBeUndefined();
  expect(decodePage(Uint8Array.of(1, 1), '')).toBeUndefined();
  expect(decodePage(Uint8Array.of(2, 0), '')).toBeUndefined();
  expect(decodeTableQuestion(Uint8Array.of(2))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodePage(bytes, '')),
    { numRuns: 2_000 },
  );
});
