import { expect, test } from 'vitest';
import { ClusterError } from '../util/index.ts';
import { checkClusterOptions, type ClusterOptions } from './options.ts';

const sound: ClusterOptions = { name: 'a', advertise: { host: '192.0.2.1', port: 7946 } };

const refused: readonly (readonly [string, Partial<ClusterOptions>, RegExp])[] = [
  ['an empty name', { name: '' }, /name is empty/],
  ['a name of 256 bytes', { name: 'ä'.repeat(128) }, /name is 256 bytes, the limit is 255/],
  ['half of a surrogate pair', { name: 'n\ud800' }, /name holds half of a surrogate pair/],
  ['a host name to advertise', { advertise: { host: 'example.org', port: 1 } }, /advertise has example.org/],
  ['port 0 to advertise', { advertise: { host: '192.0.2.1', port: 0 } }, /port 0/],
  ['an unspecified IPv4 address', { advertise: { host: '0.0.0.0', port: 1 } }, /unspecified/],
  ['an unspecified IPv6 address', { advertise: { host: '::', port: 1 } }, /unspecified/],
  ['loopback while bound to all', { advertise: { host: '127.0.0.1', port: 1 }, bindHost: '0.0.0.0' }, /loopback/],
  ['IPv6 loopback while bound to one', { advertise: { host: '::1', port: 1 }, bindHost: '2001:db8::1' }, /loopback/],
  ['a seed that is no address', { seeds: [{ host: 'seed', port: 1 }] }, /seeds has seed/],
  ['an unknown profile', { profile: 'mars' as 'lan' }, /profile is 'mars'/],
  ['a network without a prefix', { allowedNetworks: ['10.0.0.0'] }, /'10.0.0.0'/],
  ['a network with too long a prefix', { allowedNetworks: ['10.0.0.0/33'] }, /33/],
  ['versions out of order', { versions: { delegateMin: 5, delegateMax: 2, delegateCurrent: 2 } }, /not in order/],
  ['versions above a byte', { versions: { delegateMin: 0, delegateMax: 256, delegateCurrent: 0 } }, /0 to 255/],
  ['a probe timeout as long as the period', { swim: { probeTimeoutMs: 1_000 } }, /probeTimeoutMs/],
];

test.each(refused)('%s is refused, and the message says what was given', (_, overrides, message) => {
  const check = (): unknown => checkClusterOptions({ ...sound, ...overrides });
  expect(check).toThrow(ClusterError);
  expect(check).toThrow(message);
});

test('each kind of mistake has its code', () => {
  const codeOf = (overrides: Partial<ClusterOptions>): string => {
    try {
      checkClusterOptions({ ...sound, ...overrides });
    } catch (error) {
      return (error as ClusterError).code;
    }
    return 'none';
  };
  expect(codeOf({ meta: new Uint8Array(513) })).toBe('ERR_META_TOO_LARGE');
  expect(codeOf({ keys: [new Uint8Array(17)] })).toBe('ERR_KEY_LENGTH');
  expect(codeOf({ name: '' })).toBe('ERR_CONFIG');
  expect(codeOf({})).toBe('none');
});

test('loopback may be advertised when bound to it, or when nobody says where the node is bound', () => {
  const advertise = { host: '127.0.0.1', port: 1 };
  expect(checkClusterOptions({ ...sound, advertise, bindHost: '127.0.0.1' }).port).toBe(1);
  expect(checkClusterOptions({ ...sound, advertise }).port).toBe(1);
});

test('IPv4 is advertised in four bytes, and the versions always in six', () => {
  const checked = checkClusterOptions({ ...sound, advertise: { host: '::ffff:192.0.2.1', port: 1 } });
  expect([...checked.addr]).toEqual([192, 0, 2, 1]);
  expect([...checked.vsn]).toEqual([1, 5, 2, 0, 0, 0]);
  const versions = { delegateMin: 2, delegateMax: 5, delegateCurrent: 4 };
  expect([...checkClusterOptions({ ...sound, versions, swim: { protocolVersion: 3 } }).vsn]).toEqual([
    1, 5, 3, 2, 5, 4,
  ]);
});

test('options are copied and frozen, so a caller cannot change them later', () => {
  const meta = Uint8Array.of(1);
  const checked = checkClusterOptions({ ...sound, meta });
  meta[0] = 2;
  expect([...checked.meta]).toEqual([1]);
  expect(Object.isFrozen(checked)).toBe(true);
  expect(checked.config).toMatchObject({ probeIntervalMs: 1_000 });
});

test('members are admitted from the allowed networks alone, IPv4 in IPv6 form included', () => {
  const { allowedNetworks } = checkClusterOptions({ ...sound, allowedNetworks: ['10.0.0.0/9', 'fd00::/8'] });
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 2, 3);
  const allows = (addr: Uint8Array, host?: string): boolean =>
    allowedNetworks!.allows(addr, host === undefined ? undefined : { host, port: 1 });
  expect(allows(Uint8Array.of(10, 127, 255, 255))).toBe(true);
  expect(allows(Uint8Array.of(10, 128, 0, 0))).toBe(false);
  expect(allows(mapped, 'fd12::1')).toBe(true);
  expect(allows(mapped, '192.0.2.1')).toBe(false);
  expect(allows(Uint8Array.of(1, 2, 3))).toBe(false);
});
