import { expect, test } from 'vitest';
import { InMemoryWorld } from '../../../../test/support/in-memory-world.ts';

test('a member whose name is not valid is taken in unless names are validated', () => {
  const seenBy = (validateNames: boolean): string[] => {
    const world = new InMemoryWorld();
    const careful = world.add('careful', { serf: { config: { validateNames } } }).start();
    world.add('plain.name', { serf: {} }).start().join(careful);
    world.add('odd name', { serf: {} }).start().join(careful);
    world.runForMs(5_000);
    return careful.core.serfMembers.map(({ name }) => name).toSorted();
  };
  expect(seenBy(false)).toEqual(['careful', 'odd name', 'plain.name']);
  expect(seenBy(true)).toEqual(['careful', 'plain.name']);
});

test('a name of our own that is not valid is refused', () => {
  const world = new InMemoryWorld();
  expect(() => world.add('odd name', { serf: { config: { validateNames: true } } })).toThrow(
    expect.objectContaining({ code: 'ERR_NAME' }),
  );
});
