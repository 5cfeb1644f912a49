import { expect, test } from 'vitest';
import { chooseAdvertised, type HostNetwork } from './advertise.ts';

const noLookup = (host: string): Promise<string[]> => Promise.reject(new Error(`looked up ${host}`));
const anyBound = { host: '0.0.0.0', port: 7946 };

function network(parts: { route4?: string; route6?: string; hosts?: string[] }): HostNetwork {
  return {
    defaultRouteHost: (family) => Promise.resolve(family === 4 ? parts.route4 : parts.route6),
    hosts: () => (parts.hosts ?? []).map((host) => ({ host, interfaceName: 'eth0' })),
  };
}

test('an explicit address wins, with the bound port when it has none', async () => {
  const chosen = await chooseAdvertised('203.0.113.9', anyBound, noLookup, network({ route4: '10.0.0.5' }));
  expect(chosen.address).toEqual({ host: '203.0.113.9', port: 7946 });
  expect(chosen.explain).toContain('advertise');
});

test('an explicit host name is resolved, and the explanation says so', async () => {
  const chosen = await chooseAdvertised('me.example:99', anyBound, () => Promise.resolve(['10.1.2.3']), network({}));
  expect(chosen.address).toEqual({ host: '10.1.2.3', port: 99 });
  expect(chosen.explain).toContain('me.example');
});

test('a specific bound address is advertised; loopback only with a warning in the explanation', async () => {
  const chosen = await chooseAdvertised(undefined, { host: '127.0.0.1', port: 5 }, noLookup, network({}));
  expect(chosen.address).toEqual({ host: '127.0.0.1', port: 5 });
  expect(chosen.explain).toContain('only processes on this machine');
});

test('bound to all addresses, the private address with the default route is advertised', async () => {
  const choice = chooseAdvertised(undefined, anyBound, noLookup, network({ route4: '10.0.0.5' }));
  expect((await choice).address).toEqual({ host: '10.0.0.5', port: 7946 });
});

test('without a default route the only private address is advertised', async () => {
  const choice = chooseAdvertised(undefined, anyBound, noLookup, network({ hosts: ['172.18.0.2', '2001:db8::1'] }));
  expect((await choice).address.host).toBe('172.18.0.2');
});

test('bound to all IPv6 addresses, a unique local address will do', async () => {
  const bound = { host: '::', port: 7946 };
  const choice = chooseAdvertised(undefined, bound, noLookup, network({ route6: 'fd00::2' }));
  expect((await choice).address.host).toBe('fd00::2');
});

test.each([
  { name: 'a public address alone', parts: { route4: '8.8.4.4', hosts: ['8.8.4.4'] } },
  { name: 'two private addresses without a route', parts: { hosts: ['10.0.0.1', '10.1.0.1'] } },
  { name: 'no address at all', parts: {} },
  { name: 'a loopback route', parts: { route4: '127.0.0.1' } },
])('$name is not guessed from: the error says what to set', async ({ parts }) => {
  await expect(chooseAdvertised(undefined, anyBound, noLookup, network(parts))).rejects.toMatchObject({
    code: 'ERR_ADDRESS',
    message: expect.stringContaining('Set advertise'),
  });
});

test.each(['0.0.0.0', '[::]:7946'])('%s cannot be advertised', async (explicit) => {
  await expect(chooseAdvertised(explicit, anyBound, noLookup, network({}))).rejects.toMatchObject({
    code: 'ERR_ADDRESS',
  });
});

test('a host name that cannot be resolved is named with the option it is the value of', async () => {
  await expect(chooseAdvertised('me.example', anyBound, noLookup, network({}))).rejects.toMatchObject({
    code: 'ERR_ADDRESS',
    message: expect.stringContaining('advertise is "me.example", which cannot be resolved: looked up me.example'),
  });
  await expect(chooseAdvertised('me.example', anyBound, () => Promise.resolve([]), network({}))).rejects.toThrow(
    'advertise is "me.example", which resolves to no address',
  );
});
