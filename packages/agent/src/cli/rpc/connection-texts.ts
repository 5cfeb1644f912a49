import { isSocketPath } from './agent-address.ts';

/** What a system error is called in Go's words, which `serf` prints. */
const GO_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'connect: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ENOENT: 'connect: no such file or directory',
  EACCES: 'connect: permission denied',
  EPERM: 'connect: operation not permitted',
  ETIMEDOUT: 'i/o timeout',
};

/** Why there is no connection to `address`, as Go says it: by the system's code, or without one when it was closed. */
export function dialErrorText(address: string, systemCode: string | undefined): string {
  if (systemCode === undefined) return 'client closed';
  if (systemCode === 'ENOTFOUND' || systemCode === 'EAI_AGAIN') {
    return `dial tcp: lookup ${address.replace(/:\d*$/, '')}: no such host`;
  }
  const reason = GO_REASONS[systemCode] ?? `connect: ${systemCode}`;
  return `dial ${isSocketPath(address) ? 'unix' : 'tcp'} ${address}: ${reason}`;
}

/** Follows the reason why no agent could be reached. */
export const ADDRESS_ADVICE = 'Start one with `hearsay agent`, or say where it is with -rpc-addr or SERF_RPC_ADDR.';

/** What to try when the agent wants a key, or another one; undefined when `refusal` is about something else. */
export function authAdvice(refusal: string): string | undefined {
  return /^(Authentication required|Invalid authentication token)$/.test(refusal)
    ? 'the agent has an RPC auth key (rpc_auth in its configuration): give it with -rpc-auth or SERF_RPC_AUTH'
    : undefined;
}
