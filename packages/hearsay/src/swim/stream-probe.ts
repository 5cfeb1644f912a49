import type { Address } from '../util/index.ts';
import type { Ping } from '../wire/index.ts';
import type { ProbeEvidence, StreamOutcome } from './evidence/records.ts';

/** Pings over a stream, and says what came of it by `deadlineMs`; and before that, that a kernel there has accepted it. */
export type StreamPinger = (
  to: Address,
  ping: Ping,
  deadlineMs: number,
  onOutcome: (outcome: StreamOutcome) => void,
  onOpened?: () => void,
) => void;

/** After so long a silence, as a share of the probe timeout, a stream is tried at first. Chosen: far above a local round trip. */
const firstShare = 0.2;
/** What is left of the time above that, after each ack that came without a stream. */
const decay = 0.99;

interface Attempt {
  isOpened: boolean;
  outcome: StreamOutcome | undefined;
  /** Where it is recorded, once others are asked. */
  probe: ProbeEvidence | undefined;
}

/**
 * The ping over a stream that belongs to a round of the {@link Prober}, if one is sent.
 *
 * Early ones are there for refusals: a machine whose process was killed refuses a connection at once, and says nothing to a
 * ping by packet, as far as Node.js lets one hear it. And a machine that is down says nothing at all, while one whose
 * process stalls still accepts connections. They are tried only after a silence that healthy targets do not
 * keep, which is learnt: each target that answers its ping although a stream was tried doubles it, so that at most one probe
 * in 69 opens a stream for nothing.
 */
export class StreamProbe {
  readonly #heedsRefusals: boolean;
  readonly #firstMs: number;
  readonly #timeoutMs: number;
  readonly #ping: StreamPinger;
  #silenceMs: number;
  #attempt: Attempt | undefined;

  /** @param heedsRefusals - whether early ones are tried, and refusals counted */
  constructor(heedsRefusals: boolean, probeTimeoutMs: number, ping: StreamPinger) {
    this.#heedsRefusals = heedsRefusals;
    this.#firstMs = heedsRefusals ? firstShare * probeTimeoutMs : probeTimeoutMs;
    this.#timeoutMs = probeTimeoutMs;
    this.#ping = ping;
    this.#silenceMs = this.#firstMs;
  }

  /** After how long a silence it is to begin: the probe timeout at the latest. */
  get silenceMs(): number {
    return Math.min(this.#silenceMs, this.#timeoutMs);
  }

  /** The target has answered on it. */
  get isAcked(): boolean {
    return this.#attempt?.outcome === 'acked';
  }

  /** The machine of the target says that nobody listens there. */
  get isRefused(): boolean {
    return this.#heedsRefusals && this.#attempt?.outcome === 'refused';
  }

  /** It was tried, and not even a kernel has answered so far: that of a process that only stalls would accept. */
  get isUnheard(): boolean {
    if (!this.#heedsRefusals || this.#attempt === undefined || this.#attempt.isOpened) return false;
    const { outcome } = this.#attempt;
    return outcome === undefined || outcome === 'unreachable';
  }

  /** Nobody speaks there: neither a process nor, where it does not refuse, a kernel. */
  get isMute(): boolean {
    return this.isRefused || this.isUnheard;
  }

  /** Begins it, unless it has been begun in this round. `onRefused` is called in a later step of the same round. */
  begin(to: Address, ping: Ping, deadlineMs: number, onRefused: () => void): void {
    if (this.#attempt !== undefined) return;
    const attempt: Attempt = { isOpened: false, outcome: undefined, probe: undefined };
    this.#attempt = attempt;
    const onOutcome = (outcome: StreamOutcome): void => {
      attempt.outcome = outcome;
      if (attempt.probe !== undefined) attempt.probe.stream = outcome;
      if (this.#attempt === attempt && this.isRefused) onRefused();
    };
    this.#ping(to, { ...ping }, deadlineMs, onOutcome, () => {
      attempt.isOpened = true;
    });
  }

  /** What comes of it is recorded there. */
  record(probe: ProbeEvidence): void {
    if (this.#attempt === undefined) return;
    this.#attempt.probe = probe;
    probe.stream = this.#attempt.outcome;
  }

  /** The target has answered its ping in time. */
  noteAck(): void {
    if (this.#attempt === undefined) this.#silenceMs = Math.max(this.#firstMs, decay * this.#silenceMs);
    else this.#silenceMs = Math.min(2 * this.#silenceMs, 2 * this.#timeoutMs);
  }

  /** The round is over. */
  end(): void {
    this.#attempt = undefined;
  }
}
