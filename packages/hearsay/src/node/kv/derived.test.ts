import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { LoneState } from '../../../../../test/support/lone-state.ts';

const states: LoneState[] = [];
afterEach(() => states.splice(0).forEach((state) => state.close()));

function lone(): LoneState {
  const state = new LoneState({ config: { sharedWritesBurst: 1e9, sharedWritesPerSecond: 1e9 } });
  states.push(state);
  return state;
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('a sum adds the numbers of all members, under one key or under a prefix', async () => {
  const member = lone();
  const { state, other } = member;
  expect(state.sum('load')).toEqual({ sum: 0, nodes: 0 });
  await state.own.set('load', 2);
  await state.own.set('load/disk', 3);
  other.state.owned.set('load', json(5));
  other.state.owned.set('load/disk', json('full'));
  other.state.owned.set('name', json('n1'));
  member.exchange();
  expect(state.sum('load')).toEqual({ sum: 7, nodes: 2 });
  expect(state.sum('load/*')).toEqual({ sum: 3, nodes: 1 });
  expect(state.sum('load*')).toEqual({ sum: 10, nodes: 2 });
  expect(state.sum('name')).toEqual({ sum: 0, nodes: 0 });
});

test('a counter is what all members have added, whatever they add and whenever they hear of each other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ isOurs: fc.boolean(), by: fc.integer(), hears: fc.boolean() })),
      async (adds) => {
        const member = lone();
        const counter = member.state.counter('orders');
        let [plus, minus, sum] = [0, 0, 0];
        for (const { isOurs, by, hears } of adds) {
          sum += by;
          if (isOurs) {
            await counter.add(by);
          } else {
            if (by >= 0) plus += by;
            else minus -= by;
            member.other.state.owned.set('counter/orders', json([plus, minus]));
          }
          if (hears) member.exchange();
        }
        member.exchange();
        expect(counter.value).toBe(sum);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([Number.NaN, Infinity, -Infinity])('a counter does not add %d', async (by) => {
  const { state } = lone();
  await expect(state.counter('orders').add(by)).rejects.toMatchObject({ code: 'ERR_KV_VALUE' });
  expect(state.counter('orders').value).toBe(0);
});

test('a counter ignores what is none', () => {
  const member = lone();
  member.other.state.owned.set('counter/orders', json({ plus: 'many' }));
  member.exchange();
  expect(member.state.counter('orders').value).toBe(0);
});

test('a set has what was added and not deleted since, by whomever', async () => {
  const member = lone();
  const blocked = member.state.set('blocked');
  await blocked.add('mallory');
  await blocked.add('eve');
  member.exchange();
  member.pass(1);
  member.other.state.shared.delete('blocked/eve');
  member.other.state.shared.put('blocked/trudy', json(true));
  member.exchange();
  expect([...blocked].toSorted()).toEqual(['mallory', 'trudy']);
  expect(blocked.size).toBe(2);
  expect([blocked.has('eve'), blocked.has('trudy')]).toEqual([false, true]);
  await blocked.delete('trudy');
  expect(blocked.has('trudy')).toBe(false);
});

test('owned keys are read by member, and members without any are not there', async () => {
  const member = lone();
  const { state, other } = member;
  expect([...state.nodes]).toEqual([]);
  expect(state.nodes.get('n1')).toBeUndefined();
  await state.own.set('version', 1);
  other.state.owned.set('version', json(2));
  other.state.owned.set('zone', json('a'));
  member.exchange();
  expect([...state.nodes.names()].toSorted()).toEqual(['n0', 'n1']);
  const n1 = state.nodes.get('n1')!;
  expect([n1.get('version'), n1.has('zone'), n1.has('none')]).toEqual([2, true, false]);
  expect([...n1.list('ver')]).toEqual([
    {
      lane: 'owned',
      key: 'version',
      owner: 'n1',
      value: 2,
      author: 'n1',
      stamp: undefined,
      ttlMs: 0,
      invalid: undefined,
    },
  ]);
});
