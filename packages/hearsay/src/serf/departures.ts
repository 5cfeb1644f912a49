import { SpreadWait } from '../swim/index.ts';
import { ByteWriter, ClusterError, Timer } from '../util/index.ts';
import type { Broadcasts } from './broadcasts.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { LamportClock } from './lamport-clock.ts';
import type { MemberTable } from './member-table.ts';
import { encodeJoinIntent, encodeLeaveIntent } from './message-codec.ts';
import type { StatusMachine } from './status-machine.ts';

/** What a {@link Departures} is made of. */
export interface DeparturesParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly clock: LamportClock;
  readonly members: MemberTable;
  readonly statuses: StatusMachine;
  readonly broadcasts: Broadcasts;
  readonly gossipIntervalMs: number;
  /** This node is about to say goodbye. */
  readonly onLeaving: () => void;
}

/** Where this node is in its life. */
export type SerfState = 'alive' | 'leaving' | 'left' | 'stopped';

/** What this node itself says of who is here and who leaves: its own join and leave, and forced leaves of others. */
export class Departures {
  readonly #parts: DeparturesParts;
  readonly #lingering: Timer;
  /** By request; the own leave has none. */
  readonly #waits: Map<number | undefined, SpreadWait> = new Map();
  #state: SerfState = 'stopped';
  #onLingered: () => void = () => undefined;

  constructor(parts: DeparturesParts) {
    this.#parts = parts;
    this.#lingering = new Timer('after the leave', () => this.#onLingered());
  }

  get state(): SerfState {
    return this.#state;
  }

  start(): void {
    this.#state = 'alive';
  }

  /** Ends every wait; nobody is told. */
  stop(): void {
    this.#state = 'stopped';
    this.#parts.env.timers.cancel(this.#lingering);
    for (const wait of this.#waits.values()) wait.abandon();
    this.#waits.clear();
  }

  /** Announces that this node is here, later than all that it has heard of itself. */
  announceJoin(): void {
    const { clock, statuses, broadcasts, host } = this.#parts;
    const join = { ltime: clock.time, node: host.name };
    clock.increment();
    statuses.receiveJoinIntent(join);
    const writer = new ByteWriter(64);
    encodeJoinIntent(writer, join);
    broadcasts.queue(broadcasts.intents, writer.copy());
  }

  /**
   * Says goodbye. The intent goes first, or Serf would count this node as failed; and pings of those that have not heard
   * of it are still answered for a while. Each of the two messages may take `timeoutMs`.
   *
   * @throws `ClusterError` `ERR_STATE`
   */
  leave(timeoutMs: number, onDone: (spread: boolean) => void): void {
    if (this.#state === 'left') return onDone(true);
    if (this.#state === 'leaving') throw new ClusterError('ERR_STATE', 'Leave already in progress');
    if (this.#state === 'stopped') throw new ClusterError('ERR_STATE', 'Leave called after Shutdown');
    this.#state = 'leaving';
    const { host, onLeaving } = this.#parts;
    onLeaving();
    this.#spreadLeave(undefined, host.name, false, timeoutMs, (isIntentSpread) => {
      host.leave(timeoutMs, (isDeathSpread) => this.#linger(() => onDone(isIntentSpread && isDeathSpread)));
    });
  }

  /** Says of `name` that it has left. A live member denies it. */
  forceLeave(request: number, name: string, prune: boolean, timeoutMs: number): void {
    this.#spreadLeave(request, name, prune, timeoutMs, (spread) => {
      this.#parts.host.emit({ type: 'force-leave-done', request, spread });
    });
  }

  /** Nobody waits for that forced leave any more. */
  abandon(request: number): void {
    this.#waits.get(request)?.abandon();
    this.#waits.delete(request);
  }

  #spreadLeave(
    request: number | undefined,
    node: string,
    prune: boolean,
    timeoutMs: number,
    onDone: (spread: boolean) => void,
  ): void {
    const { clock, statuses, broadcasts, env, host, gossipIntervalMs } = this.#parts;
    const leave = { ltime: clock.time, node, prune };
    clock.increment();
    statuses.receiveLeaveIntent(leave);
    if (!this.#isAnybodyElseHere()) return onDone(true);
    const wait = new SpreadWait(env, timeoutMs, (spread) => {
      this.#waits.delete(request);
      onDone(spread);
    });
    this.#waits.set(request, wait);
    const writer = new ByteWriter(64);
    encodeLeaveIntent(writer, leave);
    // The last copy goes out while a packet is being filled: what follows from it belongs in a step of its own. All copies
    // may go out at once, and where the goodbye itself overtakes the intent, Serf counts the member as failed.
    const earliestMs = node === host.name ? env.clock.nowMs + gossipIntervalMs : 0;
    const finish = new Timer('end of a leave broadcast', () => wait.finish(true));
    broadcasts.queue(broadcasts.intents, writer.copy(), () => {
      if (this.#waits.get(request) === wait) env.timers.arm(finish, Math.max(earliestMs, env.clock.nowMs));
    });
  }

  #linger(onDone: () => void): void {
    const { host, env, config } = this.#parts;
    this.#onLingered = () => {
      this.#state = 'left';
      onDone();
    };
    if (host.liveCount() === 0) return this.#onLingered();
    env.timers.arm(this.#lingering, env.clock.nowMs + config.leavePropagateDelayMs);
  }

  /**
   * Members that leave count too: the only other one may be the one that is forced to leave, and would never hear of it.
   * (In Serf it does not, and stays leaving.)
   */
  #isAnybodyElseHere(): boolean {
    const { members, host } = this.#parts;
    const hereCount = members.count - members.departedCount;
    const isSelfHere = members.get(host.name)?.isGone === false;
    return hereCount > (isSelfHere ? 1 : 0);
  }
}
