import { decodeRpcJson, inAgentsWords } from './rpc-json.ts';
import type { RpcCallOptions } from './rpc-options.ts';
import type { RpcViewsResponse } from './rpc-views-messages.ts';

/** How `RpcClient.diff` goes. */
export interface RpcDiffOptions extends RpcCallOptions {
  /** How long the agent waits for the two, in milliseconds. @defaultValue 3000 */
  readonly waitMs?: number;
}

/** The agent's own time, when it is not told how long to wait. */
export const diffWaitMs = 3_000;

/** Asks, and reads the answer. */
export async function askViews<Report>(what: string, answer: Promise<RpcViewsResponse>): Promise<Report> {
  try {
    const { report } = await answer;
    return decodeRpcJson<Report>(what, report);
  } catch (error) {
    throw inAgentsWords(stranger, error);
  }
}

const stranger = 'this agent tells no views: it is one of Serf, or of an earlier version of hearsay';
