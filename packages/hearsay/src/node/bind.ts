import { ClusterError, formatAddress, type Address } from '../util/index.ts';
import type { Logger } from './logger.ts';
import { TcpTransport, type TcpLimits } from './tcp-transport.ts';
import { UdpTransport } from './udp-transport.ts';

/** UDP and TCP on the same port number, as the protocol needs them: a member's record has one port for both. */
export interface BoundTransports {
  readonly address: Address;
  readonly udp: UdpTransport;
  readonly tcp: TcpTransport;
}

/** Attempts to find a number that is free for both, when any will do. memberlist `NewMemberlist`, `maxRetries`. */
const anyPortAttempts = 10;

/**
 * Opens both transports. With port 0 the system chooses a number for TCP and UDP has to get the same one, else it is
 * tried again, up to ten times.
 *
 * @throws {@link ClusterError} `ERR_BIND`; the message has the address and what can be done, `cause` the system's error
 */
export async function bindTransports(
  wanted: Address,
  logger: Logger,
  limits: Partial<TcpLimits> = {},
): Promise<BoundTransports> {
  for (let attempt = 1; ; attempt++) {
    const tcp = await TcpTransport.listen(wanted, logger, limits).catch((error: unknown) => {
      throw bindError('TCP', wanted, error);
    });
    const address: Address = { host: wanted.host, port: tcp.port };
    try {
      const udp = await UdpTransport.bind(address, logger);
      return { address, udp, tcp };
    } catch (error) {
      await tcp.close();
      if (wanted.port === 0 && attempt < anyPortAttempts && codeOf(error) === 'EADDRINUSE') continue;
      throw bindError('UDP', address, error);
    }
  }
}

function bindError(protocol: 'TCP' | 'UDP', address: Address, cause: unknown): ClusterError {
  const code = codeOf(cause);
  const remedy = remedies[code] ?? 'the system gave no further reason';
  return new ClusterError('ERR_BIND', `cannot bind ${protocol} ${formatAddress(address)}: ${code}, ${remedy}`, {
    cause,
  });
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process uses it; stop that one, or bind another port, or port 0 for any that is free',
  EACCES: 'this user may not bind it; bind a port of 1024 or more',
  EADDRNOTAVAIL: 'this host has no such address; bind one that it has, or 0.0.0.0 for all',
  EAFNOSUPPORT: 'this host has no support for that kind of address',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
