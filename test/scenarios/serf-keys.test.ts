import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { nodeAead } from '../golden/node-aead.ts';

const oldKey = new Uint8Array(16).fill(1);
const newKey = new Uint8Array(32).fill(2);

function encryptedPool(seed: number): Scenario {
  return simulate({ seed, nodeCount: 5, serf: {}, node: { keys: [oldKey] }, aead: nodeAead });
}

test('a key is installed, used and the old one removed all over the pool, and stays so after a restart', () => {
  const pool = encryptedPool(1);
  for (const change of ['installKey', 'useKey'] as const) {
    const outcome = pool.serf[change]('n2', newKey);
    pool.runForMs(10_000);
    expect(outcome.result).toMatchObject({ nodeCount: 5, responseCount: 5, errorCount: 0, error: undefined });
  }
  const removal = pool.serf.removeKey('n3', oldKey);
  pool.runForMs(10_000);
  expect(removal.result).toMatchObject({ responseCount: 5, error: undefined });
  pool.crash('n5');
  pool.runForMs(1_000);
  pool.restart('n5').join('n5').settle();
  const listed = pool.serf.listKeys('n1');
  pool.runForMs(10_000);
  const base64 = Buffer.from(newKey).toString('base64');
  expect(listed.result).toMatchObject({ keys: { [base64]: 5 }, primaryKeys: { [base64]: 5 } });
});

test('a member that was away is missed in the result', () => {
  const pool = encryptedPool(2);
  pool.isolate('n4', { forMs: 10_000 });
  const outcome = pool.serf.installKey('n1', newKey);
  pool.runForMs(10_000);
  expect(outcome.result).toMatchObject({ nodeCount: 5, responseCount: 4 });
  expect(outcome.result?.error).toContain('4/5');
  expect(outcome.result?.byMember.has('n4')).toBe(false);
});
