import { formatAddress, type Address, type StepClock } from '../util/index.ts';
import { swimLimits } from './limits.ts';
import type { ExchangeResult, PushPull } from './push-pull.ts';
import type { Streams } from './streams.ts';

/** How a join ended. */
export interface JoinResult {
  readonly joinedCount: number;
  readonly failures: readonly { readonly address: string; readonly reason: string }[];
}

interface Join {
  readonly waiting: Address[];
  readonly streams: Set<number>;
  readonly failures: { address: string; reason: string }[];
  readonly onDone: (result: JoinResult) => void;
  joinedCount: number;
  runningCount: number;
  isContacting: boolean;
}

/** Hears of each address that answered, whether this node knew nobody until then, and how long it took. */
type JoinListener = (address: Address, isNewcomer: boolean, tookMs: number) => void;

/** Joins a cluster: exchanges states with every given address, some at once. One that answers is enough. */
export class Joiner {
  readonly #pushPull: PushPull;
  readonly #streams: Streams;
  readonly #clock: StepClock;
  readonly #onJoined: JoinListener;
  readonly #joins: Map<number, Join> = new Map();

  constructor(pushPull: PushPull, streams: Streams, clock: StepClock, onJoined: JoinListener) {
    this.#pushPull = pushPull;
    this.#streams = streams;
    this.#clock = clock;
    this.#onJoined = onJoined;
  }

  /** `id` names the join for {@link abandon}. */
  join(id: number, addresses: readonly Address[], onDone: (result: JoinResult) => void): void {
    const join: Join = {
      waiting: addresses.toReversed(),
      streams: new Set(),
      failures: [],
      onDone,
      joinedCount: 0,
      runningCount: 0,
      isContacting: false,
    };
    this.#joins.set(id, join);
    this.#goOn(id, join);
  }

  /** Ends a join without a result. Exchanges that have begun may still bring members. */
  abandon(id: number): void {
    const join = this.#joins.get(id);
    if (join === undefined) return;
    this.#joins.delete(id);
    for (const stream of join.streams) this.#streams.abandon(stream);
  }

  abandonAll(): void {
    for (const id of [...this.#joins.keys()]) this.abandon(id);
  }

  #goOn(id: number, join: Join): void {
    // An exchange may fail at once and come back here: the loop below goes on then.
    if (join.isContacting) return;
    join.isContacting = true;
    while (join.runningCount < swimLimits.joinParallelMax) {
      const address = join.waiting.pop();
      if (address === undefined) break;
      join.runningCount += 1;
      this.#contact(id, join, address);
    }
    join.isContacting = false;
    if (join.runningCount > 0 || !this.#joins.delete(id)) return;
    join.onDone({ joinedCount: join.joinedCount, failures: join.failures });
  }

  #contact(id: number, join: Join, address: Address): void {
    // A box, for the exchange may fail before it is known which stream it is on.
    const opened: { stream?: number | undefined } = {};
    const openedAtMs = this.#clock.nowMs;
    opened.stream = this.#pushPull.exchange(address, true, (result) => {
      if (opened.stream !== undefined) join.streams.delete(opened.stream);
      this.#take(id, join, address, result, this.#clock.nowMs - openedAtMs);
    });
    if (opened.stream !== undefined) join.streams.add(opened.stream);
  }

  #take(id: number, join: Join, address: Address, result: ExchangeResult, tookMs: number): void {
    join.runningCount -= 1;
    if (result.ok) {
      join.joinedCount += 1;
      this.#onJoined(address, result.isNewcomer, tookMs);
    } else {
      join.failures.push({ address: formatAddress(address), reason: result.reason });
    }
    this.#goOn(id, join);
  }
}
