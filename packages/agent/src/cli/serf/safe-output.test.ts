import { expect, test } from 'vitest';
import { infoText } from './info-text.ts';
import { keysText } from './keys-text.ts';

// What a member says of itself is printed on somebody else's terminal.

const escape = '\x1b]0;title\x07\x1b[2J';
const shown = '\\x1b]0;title\\x07\\x1b[2J';

test('control characters in the tags of a member are shown, not sent to the terminal', () => {
  expect(infoText({ tags: { role: escape } })).toBe(`tags:\n\trole = ${shown}\n`);
  expect(infoText({ tags: { [escape]: 'web' } })).toBe(`tags:\n\t${shown} = web\n`);
});

test('control characters in a key that a member claims to have are shown, not sent to the terminal', () => {
  expect(keysText({ messages: {}, keys: { [escape]: 1 }, numNodes: 1, numErr: 0, numResp: 1 })).toBe(
    `${shown}  [1/1]\n`,
  );
});
