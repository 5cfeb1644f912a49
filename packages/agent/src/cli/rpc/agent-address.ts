import type { Io } from '../io.ts';
import { SerfError } from './serf-error.ts';

/** Where Serf's agents listen for their commands. */
export const DEFAULT_RPC_ADDRESS = '127.0.0.1:7373';

/** An agent's RPC endpoint and the key it may want. */
export interface AgentAddress {
  /** `host:port`, or the path of a Unix socket. */
  readonly address: string;
  readonly authKey: string | undefined;
}

/** The flag, then the environment (ours before Serf's), then the default. */
export function agentAddress(
  flags: { readonly rpcAddr?: string; readonly rpcAuth?: string },
  { env }: Io,
): AgentAddress {
  const address = flags.rpcAddr ?? (env['HEARSAY_RPC_ADDR'] || env['SERF_RPC_ADDR'] || DEFAULT_RPC_ADDRESS);
  const authKey = flags.rpcAuth ?? (env['HEARSAY_RPC_AUTH'] || env['SERF_RPC_AUTH'] || '');
  const problem = isSocketPath(address) ? undefined : problemOf(address);
  if (problem !== undefined) {
    throw new SerfError(`Error connecting to Serf agent: ${problem}`, {
      code: 'ERR_RPC_CONNECTION',
      advice: `-rpc-addr takes host:port, such as ${DEFAULT_RPC_ADDRESS}, or the path of a Unix socket with a slash in it.`,
    });
  }
  return { address, authKey: authKey === '' ? undefined : authKey };
}

/** Whether an address is the path of a Unix socket. */
export function isSocketPath(address: string): boolean {
  return address.includes('/');
}

/** What Go says of an address that cannot be dialled. */
function problemOf(address: string): string | undefined {
  if (address === '') return 'dial tcp: missing address';
  const port = /^(?:\[[^\]]*\]|[^:]*):(.*)$/.exec(address)?.[1];
  if (port === undefined) {
    const reason = address.split(':').length > 2 ? 'too many colons in address' : 'missing port in address';
    return `dial tcp: address ${address}: ${reason}`;
  }
  if (!/^\d+$/.test(port)) return `dial tcp: address tcp/${port}: unknown port`;
  return Number(port) > 65_535 ? `dial tcp: address ${port}: invalid port` : undefined;
}
