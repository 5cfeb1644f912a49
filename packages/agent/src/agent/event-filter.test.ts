import { expect, test } from 'vitest';
import { loadSerfVectors } from '../../../../test/golden/serf-vectors.ts';
import {
  isValidFilter,
  matchesFilter,
  parseEventFilters,
  parseEventHandler,
  parseEventHandlers,
  type EventKind,
} from './event-filter.ts';

interface FilterVector {
  readonly event: string;
  readonly name: string;
  readonly valid: boolean;
}

const vectors = loadSerfVectors<{
  filters: { input: string; filters: FilterVector[] }[];
  scripts: { input: string; scripts: (FilterVector & { script: string })[] }[];
  invoke: { filter: string; event: string; invoked: boolean }[];
}>('agent-parse');

test.each(vectors.filters)('the filters of "$input" are read as by Serf', ({ input, filters }) => {
  expect(parseEventFilters(input).map((filter) => ({ ...filter, valid: isValidFilter(filter) }))).toEqual(filters);
});

test.each(vectors.scripts)('the handler "$input" is read as by Serf', ({ input, scripts }) => {
  const read = parseEventHandler(input).map(({ filter, script }) => ({
    ...filter,
    script,
    valid: isValidFilter(filter),
  }));
  expect(read).toEqual(scripts);
});

test.each(vectors.invoke)('filter $filter and event $event: $invoked', ({ filter, event, invoked }) => {
  const [kind, name] = event.split(' ');
  expect(parseEventFilters(filter).some((each) => matchesFilter(each, kind as EventKind, name))).toBe(invoked);
});

test('a handler with a filter that is none is refused with the text of Serf', () => {
  expect(() => parseEventHandlers(['member-join=a', 'FOO=bar cmd'])).toThrow(
    "Invalid event script: Event 'FOO' invoking 'bar cmd'",
  );
});
