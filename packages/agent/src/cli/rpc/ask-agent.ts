import type { RpcClient } from 'hearsay/client';
import type { Io } from '../io.ts';
import { agentAddress, type AgentAddress } from './agent-address.ts';
import type { AgentFlags } from './agent-flags.ts';
import { ADDRESS_ADVICE, authAdvice, dialErrorText } from './connection-texts.ts';
import { SerfError } from './serf-error.ts';

/** Connects to the agent that the flags and the environment name, lets `work` ask it, and hangs up. */
export async function askAgent<T>(
  { flags, io }: { readonly flags: AgentFlags; readonly io: Io },
  work: (client: RpcClient) => Promise<T>,
): Promise<T> {
  const client = await connectAgent({ flags, io });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Connects to the agent that the flags and the environment name. The caller hangs up. */
export function connectAgent({ flags, io }: { readonly flags: AgentFlags; readonly io: Io }): Promise<RpcClient> {
  return connect(agentAddress(flags, io), flags.rpcTimeout);
}

/** What `answer` resolves to. If it rejects, the error is told as `serf` does it: `what`, a colon, the agent's words. */
export async function inWords<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw serfErrorFor(what, error);
  }
}

async function connect({ address, authKey }: AgentAddress, timeoutMs: number): Promise<RpcClient> {
  const { RpcClient } = await import('hearsay/client');
  try {
    return await RpcClient.connect({ address, timeoutMs, ...(authKey !== undefined && { authKey }) });
  } catch (error) {
    throw connectError(address, error);
  }
}

function connectError(address: string, error: unknown): unknown {
  const what = 'Error connecting to Serf agent';
  const code = codeOf(error);
  if (code !== 'ERR_RPC_CONNECTION' && code !== 'ERR_TIMEOUT') return serfErrorFor(what, error);
  const { message, cause } = error as Error;
  const reason = code === 'ERR_TIMEOUT' ? 'ETIMEDOUT' : codeOf(cause);
  return new SerfError(`${what}: ${dialErrorText(address, reason)}`, {
    code,
    advice: `${message} ${ADDRESS_ADVICE}`,
    cause: error,
  });
}

/** `error` as a {@link SerfError} that starts with `what`; one that is not about the agent stays what it is. */
function serfErrorFor(what: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !AGENT_ERRORS.has(code)) return error;
  const { message } = error as Error;
  if (code === 'ERR_RPC') {
    return new SerfError(`${what}: ${message}`, { code, advice: authAdvice(message), cause: error });
  }
  const text = code === 'ERR_TIMEOUT' ? 'i/o timeout' : 'client closed';
  const advice = code === 'ERR_TIMEOUT' ? `${message}. Wait longer with -rpc-timeout.` : message;
  return new SerfError(`${what}: ${text}`, { code, advice, cause: error });
}

const AGENT_ERRORS: ReadonlySet<string> = new Set(['ERR_RPC', 'ERR_RPC_CONNECTION', 'ERR_TIMEOUT']);

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as { readonly code?: string }).code : undefined;
}
