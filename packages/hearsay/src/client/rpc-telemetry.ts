import { decodeRpcJson, inAgentsWords } from './rpc-json.ts';
import type { RpcCallOptions } from './rpc-options.ts';
import type { RpcTelemetry, RpcTelemetryRequest, RpcTelemetryResponse } from './rpc-telemetry-messages.ts';

/** How `RpcClient.telemetry` goes. */
export interface RpcTelemetryOptions extends RpcCallOptions {
  /** Names of metrics. @defaultValue all */
  readonly metrics?: readonly string[];
  /**
   * `fold`: the newest samples of all members, as the agent has them. `poll`: members are asked. `estimate`: what members
   * have worked out together. @defaultValue 'fold'
   */
  readonly mode?: 'fold' | 'poll' | 'estimate';
  /** Polls only members whose tags match these expressions. @defaultValue all */
  readonly tags?: Readonly<Record<string, string>>;
  /** How long a poll waits, in milliseconds. @defaultValue 3000 */
  readonly waitMs?: number;
}

const pollWaitMs = 3_000;

/** Asks, and reads the answer. `extraMs` is time that the agent was asked to take. */
export async function askTelemetry(
  call: (body: RpcTelemetryRequest, extraMs: number) => Promise<RpcTelemetryResponse>,
  { metrics = [], mode = 'fold', tags = {}, waitMs = pollWaitMs }: RpcTelemetryOptions,
): Promise<RpcTelemetry> {
  try {
    const { report } = await call({ metrics, mode, tags, waitMs: Math.ceil(waitMs) }, mode === 'poll' ? waitMs : 0);
    return decodeRpcJson('telemetry', report);
  } catch (error) {
    throw inAgentsWords(stranger, error);
  }
}

const stranger = 'this agent has no telemetry: it is one of Serf, or of an earlier version of hearsay';
