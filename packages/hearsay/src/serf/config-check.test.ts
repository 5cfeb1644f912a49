import { describe, expect, test } from 'vitest';
import { SerfNode } from '../../../../test/support/serf-node.ts';
import { checkMemberName, checkSerfConfig } from './config-check.ts';
import { serfDefaults, type SerfConfig } from './config.ts';

test('what is not given has its default, and nothing changes the result', () => {
  const config = checkSerfConfig({ reapIntervalMs: 7 });
  expect(config).toEqual({ ...serfDefaults, reapIntervalMs: 7 });
  expect(Object.isFrozen(config)).toBe(true);
});

test.each([
  [{ protocolVersion: 1 }, "Protocol version '1' too low. Must be in range: [2, 5]"],
  [{ protocolVersion: 6 }, "Protocol version '6' too high. Must be in range: [2, 5]"],
  [{ protocolVersion: 4.5 }, 'protocolVersion is 4.5, it must be a whole number'],
  [{ userEventMaxBytes: 9_217 }, 'user event size limit exceeds limit of 9216 bytes (userEventMaxBytes is 9217)'],
  [{ userEventMaxBytes: 0 }, 'userEventMaxBytes is 0, it must be from 1 to 9216'],
  [{ eventBufferSize: 0 }, 'eventBufferSize is 0, it must be from 1 to 65536'],
  [{ queryBufferSize: 1.5 }, 'queryBufferSize is 1.5, it must be a whole number'],
  [{ reapIntervalMs: Number.NaN }, 'reapIntervalMs is NaN, it must be from 1 to 86400000'],
  [{ broadcastTimeoutMs: '5s' as unknown as number }, 'broadcastTimeoutMs is 5s, it must be a number'],
  [{ coordinates: 1 as unknown as boolean }, 'coordinates is 1, it must be true or false'],
  [{ reapInterval: 5 } as Partial<SerfConfig>, 'reapInterval is no option of SerfConfig'],
])('%o is refused: %s', (config, message) => {
  expect(() => checkSerfConfig(config)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG', message }));
  expect(() => new SerfNode({ config })).toThrow(message);
});

describe('names', () => {
  test.each(['a\nb', 'tab\there', '\u007f', '\u0000'])('%j is refused: files have a line for each name', (name) => {
    expect(() => checkMemberName(name, serfDefaults)).toThrow(expect.objectContaining({ code: 'ERR_NAME' }));
  });

  test.each(['node 1', 'ünïcode', 'a'.repeat(200), 'x_y'])('%j is allowed unless names are validated', (name) => {
    expect(() => checkMemberName(name, serfDefaults)).not.toThrow();
    expect(() => checkMemberName(name, { ...serfDefaults, validateNames: true })).toThrow('is not valid');
  });

  test('where names are validated, members with others are refused too', () => {
    const accepts = (validateNames: boolean, name: string): boolean | undefined =>
      new SerfNode({ config: { validateNames } }).serf.acceptAlive?.({ name } as never);
    expect(accepts(true, 'node-1.example')).toBe(true);
    expect(accepts(true, 'node 1')).toBe(false);
    expect(accepts(false, 'node 1')).toBeUndefined();
  });
});
