import { ClusterError } from '../util/index.ts';

/** Where an agent's RPC listens, unless it was told otherwise. */
export const defaultRpcAddress = '127.0.0.1:7373';

/** A TCP address, or the path of a Unix socket. */
export type RpcAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/**
 * Reads `host:port`, `[ipv6]:port`, `:port` for this machine, or the path of a Unix socket: anything with a slash,
 * with or without `unix:` before it.
 *
 * @throws {@link ClusterError} `ERR_ADDRESS` for anything else
 */
export function parseRpcAddress(address: string): RpcAddress {
  if (address.startsWith('unix:')) return { kind: 'unix', path: address.slice('unix:'.length).replace(/^\/\/\//, '/') };
  if (address.includes('/')) return { kind: 'unix', path: address };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    const forms = '`host:port`, `[ipv6]:port` or the path of a Unix socket';
    throw new ClusterError('ERR_ADDRESS', `RPC address ${JSON.stringify(address)} is not of the form ${forms}`);
  }
  return { kind: 'tcp', host: match[1] ?? (match[2] || '127.0.0.1'), port };
}
