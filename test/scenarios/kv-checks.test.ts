/**
 * The acceptance checks of gossiped state, each small enough for every run of the tests: the figure beside the bar. At full
 * size by `node bench/state.mjs --check 1`; what that found last is in bench/RESULTS.md.
 */
import { expect, test } from 'vitest';
import { checks } from '../../bench/state/checks.mjs';

const simulated = checks.filter(({ number }) => number !== 21);

test.each(simulated)('check $number: $title', { timeout: 120_000 }, async ({ number, bar, small, run, judge }) => {
  const { figure, isMet } = judge([await run(1, small)]);
  console.log(`check ${number}, small: ${figure}\n  bar: ${bar}`);
  expect(isMet, figure).toBe(true);
});
