import { expect, test } from 'vitest';
import { parseRpcAddress } from './rpc-address.ts';

test.each([
  ['127.0.0.1:7373', { kind: 'tcp', host: '127.0.0.1', port: 7373 }],
  ['agent.example:65535', { kind: 'tcp', host: 'agent.example', port: 65_535 }],
  ['[::1]:7373', { kind: 'tcp', host: '::1', port: 7373 }],
  [':7373', { kind: 'tcp', host: '127.0.0.1', port: 7373 }],
  ['/run/serf.sock', { kind: 'unix', path: '/run/serf.sock' }],
  ['./serf.sock', { kind: 'unix', path: './serf.sock' }],
  ['unix:serf.sock', { kind: 'unix', path: 'serf.sock' }],
  ['unix:///run/serf.sock', { kind: 'unix', path: '/run/serf.sock' }],
])('%s leads somewhere', (address, expected) => {
  expect(parseRpcAddress(address)).toEqual(expected);
});

test.each(['', 'here', 'here:', 'here:0', 'here:65536', 'here:x', '::1:7373', '[::1]', '1:2:3'])(
  '%j does not, and the error shows it and the forms there are',
  (address) => {
    expect(() => parseRpcAddress(address)).toThrow(
      expect.objectContaining({
        code: 'ERR_ADDRESS',
        message: expect.stringContaining(`${JSON.stringify(address)} is`),
      }),
    );
  },
);
