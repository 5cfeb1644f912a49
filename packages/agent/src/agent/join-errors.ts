import { ClusterError, type JoinResult } from 'hearsay';

/** Go's words for what the system says of a connection that could not be made. */
const goReasons: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'connect: connection refused'],
  [/EHOSTUNREACH/, 'connect: no route to host'],
  [/ENETUNREACH/, 'connect: network is unreachable'],
  [/ECONNRESET/, 'read: connection reset by peer'],
  [/ETIMEDOUT|timed? ?out/i, 'i/o timeout'],
];

/**
 * Why a join reached nobody, as Serf's agent tells it over RPC and its command prints it: a count, and a line for each
 * address. Undefined when `error` is not about addresses that could not be reached.
 */
export function joinErrorText(error: unknown): string | undefined {
  if (!(error instanceof ClusterError) || error.code !== 'ERR_JOIN' || !Array.isArray(error.cause)) return undefined;
  const failures = error.cause as JoinResult['failures'];
  const lines = failures.map(({ address, reason }) => `\t* failed to join ${address}: ${goReason(address, reason)}\n`);
  return `${failures.length} error${failures.length === 1 ? '' : 's'} occurred:\n${lines.join('')}\n`;
}

function goReason(address: string, reason: string): string {
  const known = goReasons.find(([pattern]) => pattern.test(reason));
  return known === undefined ? reason : `dial tcp ${address}: ${known[1]}`;
}
