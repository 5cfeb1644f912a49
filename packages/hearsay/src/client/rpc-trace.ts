import { decodeRpcJson, inAgentsWords } from './rpc-json.ts';
import type { RpcCallOptions } from './rpc-options.ts';
import type { RpcTraceReport, RpcTraceRequest, RpcTraceResponse } from './rpc-trace-messages.ts';

/** What `RpcClient.trace` sends: a user event, or a write to the shared map; text becomes UTF-8. */
export type RpcTraceRumor =
  | { readonly event: string; readonly payload?: Uint8Array | string }
  | { readonly key: string; readonly value: Uint8Array | string };

/** How `RpcClient.trace` goes. */
export interface RpcTraceOptions extends RpcCallOptions {
  /** How long the agent waits for members that have not heard or do not answer, in milliseconds. @defaultValue 10000 */
  readonly waitMs?: number;
  /** Share of packets that theory takes to be lost, from 0 to 0.9. @defaultValue 0 */
  readonly loss?: number;
}

/** The agent's own time, when it is not told how long to wait. */
const agentWaitMs = 10_000;
const encoder = new TextEncoder();

/** Asks, and reads the answer. `extraMs` is time that the agent was asked to take. */
export async function askTrace(
  call: (body: RpcTraceRequest, extraMs: number) => Promise<RpcTraceResponse>,
  rumor: RpcTraceRumor,
  { waitMs = 0, loss = 0 }: RpcTraceOptions,
): Promise<RpcTraceReport> {
  const what =
    'event' in rumor
      ? { kind: 'event', name: rumor.event, value: toBytes(rumor.payload ?? '') }
      : { kind: 'kv', name: rumor.key, value: toBytes(rumor.value) };
  const body = { ...what, lossPermille: Math.round(loss * 1_000), waitMs: Math.ceil(waitMs) };
  try {
    const { report } = await call(body, waitMs === 0 ? agentWaitMs : waitMs);
    return decodeRpcJson<RpcTraceReport>('report', report);
  } catch (error) {
    throw inAgentsWords(stranger, error);
  }
}

function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? encoder.encode(value) : value;
}

const stranger = 'this agent cannot trace: it is one of Serf, or of an earlier version of hearsay';
