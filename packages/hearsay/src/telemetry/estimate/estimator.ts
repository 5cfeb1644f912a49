import { PeriodicTimer, type Member } from '../../swim/index.ts';
import { randomInt, type Rng, type StepClock, type TimerQueue } from '../../util/index.ts';
import {
  decodeEstimate,
  encodeExtrema,
  encodeMass,
  type EstimateFault,
  type ExtremaMessage,
  type MassMessage,
} from './codec.ts';
import { Epoch } from './epoch.ts';
import { estimateLimits } from './limits.ts';
import { Outcome } from './outcome.ts';

const { epochRounds, strideRounds, lateRoundsMax } = estimateLimits;

/** What estimates need from the node that they are part of. */
export interface EstimateHost {
  /** This node's member name. */
  readonly name: string;
  /** Alive and suspect members; this node may be among them. */
  liveMembers(): readonly Member[];
  /** Whether the member takes part in gossiped state. Nothing is ever sent to another. */
  isCapable(member: Member): boolean;
  /** Sends one user message in a packet of its own. The bytes are the host's from then on. */
  send(to: Member, message: Uint8Array, channel: 'packet'): void;
}

/** What became of the messages of estimates, since the node was made. */
export interface EstimateStats {
  /** Epochs that came to an end here. */
  readonly epochs: number;
  readonly sent: number;
  readonly received: number;
  /** Messages of epochs that are over here. */
  readonly late: number;
  /** Messages that no sound node sends, by what is wrong with them. Nothing of them is taken. */
  readonly refused: Readonly<Record<EstimateFault, number>>;
  /** Parts of metrics that this node does not estimate, and does not pass on: all have to have the same list. */
  readonly unknownParts: number;
}

/** What an {@link Estimator} is made of. */
export interface EstimatorParts {
  readonly host: EstimateHost;
  readonly env: { readonly clock: StepClock; readonly timers: TimerQueue; readonly rng: Rng };
  readonly roundMs: number;
  /** Numbers of the metrics that are estimated. */
  readonly ids: ReadonlySet<number>;
  /** This node's values of the moment. */
  readonly values: () => Iterable<readonly [id: number, value: number]>;
}

/**
 * Sums and means over all members without having the samples of any: in epochs of 30 rounds each node sends half of what it
 * has to another one, and at the end has the same quotients as all. What that costs does not depend on how many there are.
 *
 * Epochs have numbers, and a node that hears of a later one begins it too: no clocks have to agree, and clusters that meet
 * go on with the higher number. Who joins passes on what others have, and takes part in the next epoch. The next one begins
 * when one is half over.
 */
export class Estimator {
  readonly #parts: EstimatorParts;
  readonly #timer: PeriodicTimer;
  /** The two newest that are not over, the older first. */
  #running: Epoch[] = [];
  /** Of the newest epoch; undefined while this node knows of none. */
  #newest: number | undefined;
  /** Rounds in which this node has listened for an epoch to join. */
  #waitedRounds: number = 0;
  #outcome: Outcome | undefined;
  #epochs: number = 0;
  #sent: number = 0;
  #received: number = 0;
  #late: number = 0;
  readonly #refused: Record<EstimateFault, number> = { malformed: 0, notANumber: 0, negative: 0, huge: 0 };
  #unknownParts: number = 0;

  constructor(parts: EstimatorParts) {
    this.#parts = parts;
    this.#timer = new PeriodicTimer('estimate', parts.roundMs, parts.env, () => this.#onRound());
  }

  /** Of the last epoch that is over here. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** What the epochs that are not over would come to now, the older first. */
  get underWay(): readonly Outcome[] {
    return this.#running.map((epoch) => this.#outcomeOf(epoch));
  }

  get stats(): EstimateStats {
    return {
      epochs: this.#epochs,
      sent: this.#sent,
      received: this.#received,
      late: this.#late,
      refused: { ...this.#refused },
      unknownParts: this.#unknownParts,
    };
  }

  /** Begins to listen; also again after {@link stop}, as a node that has just joined. */
  start(): void {
    this.#timer.start();
  }

  /** Takes part no more, and knows nothing any more. */
  stop(): void {
    this.#timer.stop();
    [this.#running, this.#newest, this.#outcome, this.#waitedRounds] = [[], undefined, undefined, 0];
  }

  receive(bytes: Uint8Array): void {
    const message = decodeEstimate(bytes);
    if (typeof message === 'string') {
      this.#refused[message] += 1;
      return;
    }
    const epoch = this.#epochOf(message);
    if (epoch === undefined) {
      this.#late += 1;
      return;
    }
    this.#received += 1;
    if (message.type === 'extrema') {
      epoch.count.merge(message.count.levels);
      epoch.weight.merge(message.weight.levels);
      return;
    }
    const { parts } = message.mass;
    for (const id of parts.keys()) {
      if (this.#parts.ids.has(id)) continue;
      parts.delete(id);
      this.#unknownParts += 1;
    }
    epoch.mass.merge(message.mass);
  }

  #epochOf({ epoch: number, round }: MassMessage | ExtremaMessage): Epoch | undefined {
    if (this.#newest !== undefined && !isNewer(number, this.#newest)) {
      return this.#running.find((epoch) => epoch.number === number);
    }
    return this.#begin(number, round, this.#newest !== undefined && round <= lateRoundsMax);
  }

  #begin(number: number, round: number, contributes: boolean): Epoch {
    const { clock, rng } = this.#parts.env;
    const peers = new Map(this.#others().map(({ name, incarnation }) => [name, incarnation]));
    const epoch = new Epoch(number, round, clock.nowMs - round * this.#parts.roundMs, peers);
    if (contributes) epoch.contribute(this.#parts.values(), rng);
    for (const other of this.#running) if (!isNextTo(other, epoch)) this.#conclude(other);
    this.#running = [...this.#running.filter((other) => isNextTo(other, epoch)), epoch];
    this.#newest = number;
    return epoch;
  }

  #onRound(): void {
    const { rng } = this.#parts.env;
    const members = this.#others();
    for (const epoch of this.#running) {
      const [massTo, extremaTo] = [pick(members, rng), pick(members, rng)];
      if (massTo !== undefined) {
        epoch.mass.halve();
        this.#send(massTo, encodeMass(toRound(epoch), epoch.mass));
      }
      if (extremaTo !== undefined) this.#send(extremaTo, encodeExtrema(toRound(epoch), epoch.count, epoch.weight));
      epoch.advance(rng);
    }
    this.#endEpochs();
    this.#beginNext();
  }

  #endEpochs(): void {
    for (const epoch of this.#running) if (epoch.isOver) this.#conclude(epoch);
    this.#running = this.#running.filter(({ isOver }) => !isOver);
  }

  /** An epoch that has to make room for the next but one has its result too, if others were only a little faster. */
  #conclude(epoch: Epoch): void {
    if (epoch.round < epochRounds - lateRoundsMax) return;
    this.#outcome = this.#outcomeOf(epoch);
    this.#epochs += 1;
  }

  #outcomeOf(epoch: Epoch): Outcome {
    const staying = this.#others().filter(({ name, incarnation }) => epoch.peers.get(name) === incarnation);
    return new Outcome(epoch, epoch.peers.size - staying.length);
  }

  #beginNext(): void {
    if (this.#newest === undefined) {
      this.#waitedRounds += 1;
      if (this.#waitedRounds >= strideRounds) this.#begin(1, 0, true);
      return;
    }
    const newest = this.#running.find(({ number }) => number === this.#newest);
    // Who came later than the newest that it knows of may not know yet that the others have begun the next one.
    const isTime = newest === undefined || (newest.takesPart && newest.round >= strideRounds);
    if (isTime) this.#begin((this.#newest + 1) >>> 0, 0, true);
  }

  #others(): Member[] {
    const { host } = this.#parts;
    return host.liveMembers().filter((member) => {
      return member.name !== host.name && member.address !== undefined && host.isCapable(member);
    });
  }

  #send(to: Member, message: Uint8Array): void {
    this.#sent += 1;
    this.#parts.host.send(to, message, 'packet');
  }
}

/** Of two numbers that begin again after 2^32, the one that is less than half of them ahead is the newer one (RFC 1982). */
function isNewer(number: number, than: number): boolean {
  return ((number - than) | 0) > 0;
}

function isNextTo(older: Epoch, newer: Epoch): boolean {
  return (older.number + 1) >>> 0 === newer.number;
}

function toRound({ number, round }: Epoch): { readonly epoch: number; readonly round: number } {
  return { epoch: number, round };
}

function pick(members: readonly Member[], rng: Rng): Member | undefined {
  return members[randomInt(rng, members.length)];
}
