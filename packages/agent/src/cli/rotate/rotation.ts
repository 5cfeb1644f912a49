import type { RpcClient, RpcKeysResponse } from 'hearsay/client';
import type { nextStep, RotationObservation, RotationState, RotationStep } from 'hearsay/core';
import { runKeyOperation } from '../rpc/key-operation.ts';

/** What a rotation needs of the world around it. */
export interface RotationParts {
  readonly next: typeof nextStep;
  /** Keeps the state, before the step it came with is done. */
  readonly store: (state: RotationState) => void;
  /** Lets `work` ask the agent. Rejects with an error of code `ERR_RPC_CONNECTION` or `ERR_TIMEOUT` when it is away. */
  readonly ask: <T>(work: (client: RpcClient) => Promise<T>) => Promise<T>;
  /** Told of each step as it is taken, and of the reason to look again. */
  readonly onStep: (step: RotationStep) => void;
  /** Waits before looking again; rejects when it is not to go on. */
  readonly pause: () => Promise<void>;
}

/** Takes step after step until the rotation is done or refused. Resolves to that last step. */
export async function runRotation(from: RotationState, parts: RotationParts): Promise<RotationStep> {
  let state = from;
  let observation = await patiently(parts, observe);
  for (;;) {
    const decision = parts.next(state, observation);
    if (JSON.stringify(decision.state) !== JSON.stringify(state)) parts.store(decision.state);
    state = decision.state;
    const { step } = decision;
    parts.onStep(step);
    if (step.do === 'done' || step.do === 'refuse') return step;
    if (step.do === 'wait') {
      await parts.pause();
      observation = await patiently(parts, observe);
    } else {
      observation = await patiently(parts, (client) => carryOut(client, step));
    }
  }
}

/** What the pool shows, without having done anything. */
export async function observe(client: RpcClient): Promise<RotationObservation> {
  const members = await client.members();
  return { members: members.map(({ name, status }) => ({ name, status: status as MemberStatus })) };
}

type MemberStatus = RotationObservation['members'][number]['status'];
type Operation = Exclude<RotationStep, { readonly do: 'wait' | 'done' | 'refuse' }>;

/** Does one operation in the pool; what the pool shows afterwards goes with its answer. */
export async function carryOut(client: RpcClient, step: Operation): Promise<RotationObservation> {
  const key = step.do === 'list' ? undefined : step.key;
  const result = await answersOf(runKeyOperation(client, step.do, key));
  const { members } = await observe(client);
  const { numNodes, numResp, numErr, messages, keys } = result;
  return {
    members,
    answer: {
      operation: step.do,
      key,
      result: {
        nodeCount: numNodes,
        responseCount: numResp,
        errorCount: numErr,
        messages: messages ?? {},
        ...(keys !== null && { keys }),
      },
    },
  };
}

/** That some members did not go along is an answer as well. */
async function answersOf(running: Promise<RpcKeysResponse>): Promise<RpcKeysResponse> {
  try {
    return await running;
  } catch (error) {
    const { code, cause } = error as { readonly code?: string; readonly cause?: unknown };
    if (code !== 'ERR_RPC' || cause === undefined) throw error;
    return cause as RpcKeysResponse;
  }
}

/** An agent that is away may come back, and what was asked of it may have been done: both are for the next look. */
async function patiently(
  parts: RotationParts,
  work: (client: RpcClient) => Promise<RotationObservation>,
): Promise<RotationObservation> {
  let attempt = work;
  for (;;) {
    try {
      return await parts.ask(attempt);
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      if (code !== 'ERR_RPC_CONNECTION' && code !== 'ERR_TIMEOUT') throw error;
      parts.onStep({ do: 'wait', reason: message });
      await parts.pause();
      attempt = observe;
    }
  }
}
