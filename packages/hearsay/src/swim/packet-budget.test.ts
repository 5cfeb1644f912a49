import { expect, test } from 'vitest';
import { readVectors } from '../../../../test/support/vectors.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeAlive, wireLimits } from '../wire/index.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { swimLimits } from './limits.ts';
import {
  compoundPartOverheadBytes,
  gossipBudgetBytes,
  packetMaxBytesMin,
  piggybackBudgetBytes,
  userMessageOverheadBytes,
} from './packet-budget.ts';

interface Vector {
  readonly name: string;
  readonly encryption_version?: 0 | 1;
  readonly inner_length: number;
  readonly label: string;
  readonly part_lengths: readonly number[];
  readonly primary_length: number;
  readonly queued_lengths: readonly number[];
  readonly udp_buffer_size: number;
  readonly user_lengths: readonly number[] | null;
}

/** What label and encryption cost, as the reference subtracts it. */
function overheadBytes(vector: Vector): number {
  const labelBytes = vector.label === '' ? 0 : 2 + vector.label.length;
  const encryptionBytes = vector.encryption_version === undefined ? 0 : vector.encryption_version === 1 ? 29 : 45;
  return labelBytes + encryptionBytes;
}

test('a packet takes along exactly what the reference takes along', () => {
  const vectors = readVectors<Vector>('piggyback');
  for (const vector of vectors) {
    const queue = new BroadcastQueue(() => 4);
    for (const length of vector.queued_lengths) queue.queueUnique(new Uint8Array(length));
    let budgetBytes = piggybackBudgetBytes(vector.udp_buffer_size, vector.primary_length, overheadBytes(vector));
    const taken: Uint8Array[] = [];
    budgetBytes -= queue.take(compoundPartOverheadBytes, budgetBytes, taken);
    const lengths = [vector.primary_length, ...taken.map((message) => message.length)];
    for (const length of vector.user_lengths ?? []) {
      if (userMessageOverheadBytes + length > budgetBytes) break;
      budgetBytes -= userMessageOverheadBytes + length;
      lengths.push(1 + length);
    }
    expect(lengths, vector.name).toEqual(vector.part_lengths);
    const innerBytes = 2 + lengths.reduce((sum, length) => sum + 2 + length, 0);
    expect(innerBytes, vector.name).toBe(vector.inner_length);
  }
  expect(vectors.length).toBe(8);
});

test('without a primary message there is room for its length', () => {
  expect(gossipBudgetBytes(1_400, 29)).toBe(1_400 - 2 - 29);
  expect(gossipBudgetBytes(1_400, 29)).toBe(piggybackBudgetBytes(1_400, 0, 29));
});

test('the smallest packet just holds the largest alive message, the longest label and encryption', () => {
  const writer = new ByteWriter();
  encodeAlive(writer, {
    incarnation: 0xffff_ffff,
    node: 'n'.repeat(swimLimits.nameMaxBytes),
    addr: new Uint8Array(16),
    port: 65_535,
    meta: new Uint8Array(wireLimits.metaMaxBytes),
    vsn: new Uint8Array(6),
  });
  const queue = new BroadcastQueue(() => 1);
  queue.queueUnique(writer.copy());
  const labelBytes = wireLimits.labelMaxBytes;
  const packetBytes = packetMaxBytesMin(labelBytes);
  const overheadBytes = 2 + labelBytes + 45;
  const taken: Uint8Array[] = [];
  queue.take(compoundPartOverheadBytes, gossipBudgetBytes(packetBytes - 1, overheadBytes), taken);
  expect(taken).toEqual([]);
  queue.take(compoundPartOverheadBytes, gossipBudgetBytes(packetBytes, overheadBytes), taken);
  expect(taken.length).toBe(1);
});
