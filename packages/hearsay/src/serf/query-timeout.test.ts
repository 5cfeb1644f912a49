import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { swimPresets } from '../swim/index.ts';
import { serfDefaults } from './config.ts';
import { defaultQueryTimeoutMs } from './query-timeout.ts';

interface Row {
  readonly members: number;
  readonly LAN: string;
  readonly WAN: string;
  readonly Local: string;
}

const { rows } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/serf/query-timeout.json', import.meta.url), 'utf8'),
) as { readonly rows: readonly Row[] };

test.each(rows)('with $members live members a query waits as long as the reference does', (row) => {
  const timeoutNs = (profile: 'lan' | 'wan' | 'local'): string =>
    String(
      defaultQueryTimeoutMs(swimPresets[profile].gossipIntervalMs, serfDefaults.queryTimeoutMult, row.members) * 1e6,
    );
  expect(timeoutNs('lan')).toBe(row.LAN);
  expect(timeoutNs('wan')).toBe(row.WAN);
  expect(timeoutNs('local')).toBe(row.Local);
});
