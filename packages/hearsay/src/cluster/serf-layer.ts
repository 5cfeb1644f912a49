import { Serf, type EventWatcher, type SerfEvent } from '../serf/index.ts';
import { type JoinResult, type Swim } from '../swim/index.ts';
import type { Address, StepClock, TimerQueue } from '../util/index.ts';
import type { Effects, Env } from './effects.ts';
import type { CheckedOptions, SerfLayerOptions } from './options.ts';
import type { Steps } from './steps.ts';

/** What a Serf layer is made of. */
export interface SerfLayerParts {
  readonly options: CheckedOptions;
  readonly serf: SerfLayerOptions;
  readonly swim: Swim;
  readonly steps: Steps;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly env: Env;
  readonly effects: Effects;
  /** Hears what is told to the user before that does. */
  readonly onEvent: ((event: SerfEvent) => void) | undefined;
  /** Hears of user events on their way. */
  readonly eventWatcher: EventWatcher | undefined;
}

/** A Serf above `swim`, which is its host. */
export function createSerfLayer(parts: SerfLayerParts): Serf {
  const { options, serf, swim, steps, clock, timers, effects, onEvent } = parts;
  const { name, config, keyring } = options;
  const host = {
    name,
    keyring,
    emit: (event: SerfEvent) => {
      onEvent?.(event);
      tell(event, steps, effects);
    },
    eventWatcher: parts.eventWatcher,
    self: () => swim.self,
    liveCount: () => swim.members.liveCount,
    sendMessage: (to: Address, message: Uint8Array) => swim.sendUserMessageTo(to, message),
    pushGossip: () => swim.pushGossip(),
    join: (addresses: readonly Address[], onDone: (result: JoinResult) => void) =>
      swim.join(steps.nextRequest(), addresses, onDone),
    leave: (timeoutMs: number, onDone: (spread: boolean) => void) => swim.leave(steps.nextRequest(), timeoutMs, onDone),
    updateMeta: (timeoutMs: number, onDone: (spread: boolean) => void) =>
      swim.updateMeta(steps.nextRequest(), timeoutMs, onDone),
  };
  const { retransmitMult, gossipIntervalMs } = config;
  const gossipMessageMaxBytes = swim.userMessageMaxBytes;
  const { rng, saveKeys, serfTrace: trace } = parts.env;
  const keepsSnapshot = serf.snapshot !== undefined && effects.persist !== undefined;
  return new Serf({ name, ...serf, retransmitMult, gossipIntervalMs, gossipMessageMaxBytes }, host, {
    clock,
    timers,
    rng,
    persist: keepsSnapshot ? (record) => effects.persist!(record) : undefined,
    saveKeys,
    trace,
  });
}

/** News of members in the shape they have in every pool, results if somebody waits for them, and all else as it is. */
function tell(event: SerfEvent, steps: Steps, effects: Effects): void {
  switch (event.type) {
    case 'member-join':
    case 'member-leave':
    case 'member-failed':
    case 'member-update':
    case 'member-reap':
      return effects.emit({ type: event.type, member: event.members[0]!, members: event.members });
    case 'query-ack':
    case 'query-response':
      return steps.tell(event);
    case 'query-done':
    case 'keys-done':
    case 'force-leave-done':
      return steps.finish(event);
    default:
      effects.emit(event);
  }
}
