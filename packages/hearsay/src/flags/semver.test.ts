import { expect, test } from 'vitest';
import { compareVersions, isVersion } from './semver.ts';

test('versions come in the order that Semantic Versioning gives them', () => {
  const inOrder = [
    '0.9.9',
    '1.0.0-0.3.7',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  for (const [i, a] of inOrder.entries()) {
    for (const [j, b] of inOrder.entries())
      expect(Math.sign(compareVersions(a, b)!), `${a} ${b}`).toBe(Math.sign(i - j));
  }
});

test('build metadata and a leading v do not count', () => {
  expect(compareVersions('v1.2.3+linux', '1.2.3')).toBe(0);
});

test('what is no version is in no order', () => {
  for (const text of ['', '1', '1.2', '01.2.3', '1.2.3-', '1.2.3-a..b', 'latest', `1.2.${'9'.repeat(300)}`]) {
    expect(isVersion(text), text).toBe(false);
    expect(compareVersions(text, '1.0.0')).toBeUndefined();
    expect(compareVersions('1.0.0', text)).toBeUndefined();
  }
});
