import type { Address, Rng, StepClock, TimerQueue, Trace } from '../util/index.ts';
import type { Aead } from '../wire/index.ts';
import type { SwimTraceEvent } from './trace-events.ts';

/** What membership asks of the world. `cluster` passes it on to its driver. */
export interface SwimEffects {
  /** Best effort. `packet` is the core's own buffer and is valid only during the call. */
  sendPacket(to: Address, packet: Uint8Array): void;
  /** Opens a stream; the answer is `streamOpened` or `streamClosed`, in a later step. */
  openStream(stream: number, to: Address): void;
  /** `chunk` is valid only during the call. */
  writeStream(stream: number, chunk: Uint8Array): void;
  /** Writes what is pending, then closes. Nothing more is heard of the stream. */
  closeStream(stream: number): void;
}

/** What membership is born with. The clock and the timers are shared with the layers above. */
export interface SwimEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
  /** Needed only when there is a keyring. */
  readonly aead: Aead | undefined;
  /** Fills `target` from a cryptographic source; for nonces. */
  readonly fillRandom: (target: Uint8Array) => void;
  /** Wall time in milliseconds since 1970, which may jump. Without it nothing goes by the clock on the wall. */
  readonly wallMs?: (() => number) | undefined;
  readonly trace: Trace<SwimTraceEvent> | undefined;
}
