import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KvNode, KvTime } from '../../../../test/support/kv-node.ts';
import { DeltaIntake } from './delta-intake.ts';
import type { SharedDelta } from './messages.ts';

function answerFor(time: KvTime): { readonly reader: KvNode; readonly writer: KvNode; readonly answer: SharedDelta } {
  const [reader, writer] = [new KvNode('reader', time), new KvNode('writer', time)];
  for (const key of ['a', 'b', 'c', 'd', 'b', 'c']) writer.state.shared.put(key, new Uint8Array(0), { touch: true });
  const answer = writer.state.shared.deltaFor(reader.state.shared.digest()) as SharedDelta;
  return { reader, writer, answer };
}

test('in any order and however often, coverage is taken when every piece has come and not before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 20 }), (arrivals) => {
      const { reader, writer, answer } = answerFor(new KvTime());
      const intake = new DeltaIntake(reader.state.shared, answer, 4);
      for (const index of arrivals) {
        const result = intake.receive(index, answer.entries.slice(index, index + 1), answer.owners);
        expect(result?.outcome === 'committed').toBe(result !== undefined && intake.missingCount === 0);
      }
      const isWhole = [0, 1, 2, 3].every((index) => arrivals.includes(index));
      const covered = reader.state.shared.digest().rows.get(writer.state.shared.ownStream)?.prefix ?? 0;
      expect(covered === 6).toBe(isWhole);
    }),
  );
});

test('with one entry refused nothing is taken over', () => {
  const { reader, writer, answer } = answerFor(new KvTime());
  reader.skewMs = -6_000;
  const intake = new DeltaIntake(reader.state.shared, answer, 2);
  expect(intake.receive(0, answer.entries.slice(0, 2), answer.owners)).toMatchObject({ outcome: 'merged' });
  reader.skewMs = 0;
  expect(intake.receive(1, answer.entries.slice(2), answer.owners)).toMatchObject({
    outcome: 'merged',
    mergedCount: 2,
  });
  expect(reader.state.shared.digest().rows.get(writer.state.shared.ownStream)!.prefix).toBeLessThan(6);
});
