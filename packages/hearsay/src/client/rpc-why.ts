import { decodeRpcJson, inAgentsWords } from './rpc-json.ts';
import type { RpcCallOptions } from './rpc-options.ts';
import type { RpcWhyReport, RpcWhyRequest, RpcWhyResponse } from './rpc-why-messages.ts';

/** How `RpcClient.why` goes. */
export interface RpcWhyOptions extends RpcCallOptions {
  /** When it happened, in milliseconds since 1970 by the agent's clock. @defaultValue the latest trouble remembered */
  readonly atMs?: number;
  /** How long the agent waits for others, in milliseconds. @defaultValue 3000 */
  readonly waitMs?: number;
}

/** The agent's own time, when it is not told how long to wait. */
const agentWaitMs = 3_000;

/** Asks, and reads the answer. `extraMs` is time that the agent was asked to take. */
export async function askWhy(
  call: (body: RpcWhyRequest, extraMs: number) => Promise<RpcWhyResponse>,
  node: string,
  { atMs = 0, waitMs = 0 }: RpcWhyOptions,
): Promise<RpcWhyReport> {
  const body = { atMs: Math.round(atMs), node, waitMs: Math.ceil(waitMs) };
  try {
    const { report } = await call(body, waitMs === 0 ? agentWaitMs : waitMs);
    return decodeRpcJson<RpcWhyReport>('report', report);
  } catch (error) {
    throw inAgentsWords(stranger, error);
  }
}

const stranger = 'this agent keeps no evidence: it is one of Serf, or of an earlier version of hearsay';
