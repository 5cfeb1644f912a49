import { expect, test } from 'vitest';
import { fromHex } from '../../../../test/golden/vectors.ts';
import { readVectors } from '../../../../test/support/vectors.ts';
import { Member } from './member.ts';
import { versionsAgree } from './versions.ts';

interface Vector {
  readonly name: string;
  readonly own_vsn: string;
  readonly known_node?: { readonly state: 'alive' | 'dead'; readonly vsn: string };
  readonly remote: readonly { readonly Name: string; readonly State: number; readonly Vsn: string | null }[];
  readonly outcome: string | { readonly new: string };
}

const vectors = readVectors<Vector>('verify-protocol');

test.each(vectors.map((vector) => [vector.name, vector] as const))('memberlist version check: %s', (_, vector) => {
  const entries = vector.remote.map(({ Name: name, State: state, Vsn }) => ({
    ...{ name, state, addr: null, port: 7946, meta: null, incarnation: 1 },
    vsn: Vsn === null ? null : fromHex(Vsn),
  }));
  const members = [member('self', vector.own_vsn, 'alive')];
  const known = vector.known_node;
  if (known !== undefined) members.push(member('k', known.vsn, known.state));
  const expected = typeof vector.outcome === 'string' ? vector.outcome : vector.outcome.new;
  expect(versionsAgree(entries, members) ? 'accepted' : 'rejected').toBe(expected);
});

test('there are 14 vectors', () => {
  expect(vectors.length).toBe(14);
});

test('a known member that never said its versions does not spoil every exchange', () => {
  const entries = [
    { name: 'b', state: 0, addr: null, port: 1, meta: null, incarnation: 1, vsn: fromHex('010502000000') },
  ];
  expect(versionsAgree(entries, [member('self', '010502000000', 'alive'), member('mute', '', 'alive')])).toBe(true);
});

function member(name: string, vsnHex: string, state: 'alive' | 'dead'): Member {
  const made = new Member(name);
  made.vsn = fromHex(vsnHex);
  made.state = state;
  return made;
}
