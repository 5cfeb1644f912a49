import { Serf, type SerfEnv, type SerfEvent } from '../serf/index.ts';
import { toView, type JoinResult, type Swim } from '../swim/index.ts';
import type { Address } from '../util/index.ts';
import type { CheckedOptions, SerfLayerOptions } from './options.ts';

/** What a Serf layer is made of. */
export interface SerfLayerParts {
  readonly options: CheckedOptions;
  readonly serf: SerfLayerOptions;
  readonly swim: Swim;
  /** A number for a command that no user gave. */
  readonly nextRequest: () => number;
  readonly emit: (event: SerfEvent) => void;
  readonly env: SerfEnv;
}

/** A Serf above `swim`, which is its host. */
export function createSerfLayer({ options, serf, swim, nextRequest, emit, env }: SerfLayerParts): Serf {
  const { name, config, keyring } = options;
  const host = {
    name,
    keyring,
    emit,
    toView,
    self: () => swim.self,
    liveCount: () => swim.members.liveCount,
    sendMessage: (to: Address, message: Uint8Array) => swim.sendUserMessageTo(to, message),
    wakeGossip: () => swim.wakeGossip(),
    join: (addresses: readonly Address[], onDone: (result: JoinResult) => void) =>
      swim.join(nextRequest(), addresses, onDone),
    leave: (timeoutMs: number, onDone: (spread: boolean) => void) => swim.leave(nextRequest(), timeoutMs, onDone),
    updateMeta: (timeoutMs: number, onDone: (spread: boolean) => void) =>
      swim.updateMeta(nextRequest(), timeoutMs, onDone),
  };
  const { retransmitMult, gossipIntervalMs } = config;
  const gossipMessageMaxBytes = swim.userMessageMaxBytes;
  return new Serf({ name, ...serf, retransmitMult, gossipIntervalMs, gossipMessageMaxBytes }, host, env);
}
