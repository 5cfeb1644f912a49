import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasPort, parseSeed, resolveSeeds, splitHostPort } from './seeds.ts';

interface HostPortRow {
  readonly in: string;
  readonly has_port: boolean;
  readonly split: { readonly host: string; readonly port: string };
}

const vectorFile = new URL('../../../../test/vectors/memberlist/functions.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(vectorFile, 'utf8')) as {
  vectors: { name: string; rows: HostPortRow[] }[];
};
const hostPortRows = vectors.find(({ name }) => name === 'host_port')!.rows;

test.each(hostPortRows)('"$in" is split into host and port as memberlist splits it', (row) => {
  expect(hasPort(row.in)).toBe(row.has_port);
  expect(splitHostPort(row.in, '7946')).toEqual(row.split);
});

test('a seed may name the member that is expected there', () => {
  expect(parseSeed('n1/[2001:db8::1]:80')).toEqual({
    text: 'n1/[2001:db8::1]:80',
    name: 'n1',
    host: '2001:db8::1',
    port: 80,
  });
  expect(parseSeed('db.example')).toEqual({ text: 'db.example', name: undefined, host: 'db.example', port: 7946 });
});

test.each(['/host', 'n1/', ':80', '', 'host:', 'host:65536', 'host:http', 'host:-1', 'host:8e1'])(
  'the seed "%s" is refused with a code',
  (text) => {
    expect(() => parseSeed(text)).toThrow(expect.objectContaining({ code: 'ERR_ADDRESS' }));
  },
);

test('a name stands for all its addresses, each once, in their shortest form', async () => {
  const lookup = (): Promise<string[]> => Promise.resolve(['10.0.0.1', '::ffff:10.0.0.1', '2001:DB8:0::1']);
  const seeds = [parseSeed('db'), parseSeed('10.0.0.1'), parseSeed('10.0.0.1:1')];
  expect(await resolveSeeds(seeds, lookup)).toEqual({
    addresses: [
      { host: '10.0.0.1', port: 7946 },
      { host: '2001:db8::1', port: 7946 },
      { host: '10.0.0.1', port: 1 },
    ],
    failures: [],
  });
});

test('a name that cannot be resolved is reported and hinders no other', async () => {
  const lookup = (host: string): Promise<string[]> =>
    host === 'gone' ? Promise.reject(new Error('no such name')) : Promise.resolve(['10.0.0.1']);
  expect(await resolveSeeds([parseSeed('gone:1'), parseSeed('here:2')], lookup)).toEqual({
    addresses: [{ host: '10.0.0.1', port: 2 }],
    failures: [{ address: 'gone:1', reason: 'no such name' }],
  });
});

test('a literal is never looked up', async () => {
  const lookup = (): Promise<string[]> => Promise.reject(new Error('looked up'));
  expect((await resolveSeeds([parseSeed('127.0.0.1'), parseSeed('[::1]:5')], lookup)).failures).toEqual([]);
});
