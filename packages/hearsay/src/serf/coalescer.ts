import { Timer } from '../util/index.ts';
import type { SerfConfig } from './config.ts';
import type { MemberEventType, SerfEvent, SerfMember } from './events.ts';
import type { SerfEnv } from './host.ts';
import { stateLimits } from './state-limits.ts';

type MemberSerfEvent = Extract<SerfEvent, { readonly members: readonly SerfMember[] }>;
type UserSerfEvent = Extract<SerfEvent, { readonly type: 'user' }>;
type CoalescerEnv = Pick<SerfEnv, 'clock' | 'timers'>;

/** When a coalescer hands on what it has collected. */
export interface CoalescerTimes {
  /** At the latest this long after the first event. */
  readonly periodMs: number;
  /** … or when none came for this long. */
  readonly quiescentMs: number;
}

/** The two deadlines of a coalescer: from the first event of a collection on, and from the latest. */
class FlushTimer {
  readonly #times: CoalescerTimes;
  readonly #env: CoalescerEnv;
  readonly #timer: Timer;
  /** When the collection is handed on whatever comes; Infinity while it is empty. */
  #latestMs: number = Infinity;

  constructor(name: string, times: CoalescerTimes, env: CoalescerEnv, flush: () => void) {
    this.#times = times;
    this.#env = env;
    this.#timer = new Timer(name, flush);
  }

  onEvent(): void {
    const { nowMs } = this.#env.clock;
    if (this.#latestMs === Infinity) this.#latestMs = nowMs + this.#times.periodMs;
    this.#env.timers.arm(this.#timer, Math.min(this.#latestMs, nowMs + this.#times.quiescentMs));
  }

  cancel(): void {
    this.#latestMs = Infinity;
    this.#env.timers.cancel(this.#timer);
  }
}

/**
 * Collects member events for a moment, and hands on one event per kind: of each member the latest, and only when it
 * differs in kind from what was said of it before (Serf `memberEventCoalescer`). Unlike there the collection is
 * empty after that, so no update is told twice, and members that are forgotten are forgotten here too.
 */
export class MemberCoalescer {
  readonly #emit: (event: SerfEvent) => void;
  readonly #timer: FlushTimer;
  readonly #latest: Map<string, { readonly type: MemberEventType; readonly member: SerfMember }> = new Map();
  /** What was handed on last, by member. */
  readonly #told: Map<string, MemberEventType> = new Map();

  constructor(times: CoalescerTimes, env: CoalescerEnv, emit: (event: SerfEvent) => void) {
    this.#emit = emit;
    this.#timer = new FlushTimer('member events', times, env, () => this.flush());
  }

  /** False: it is no member event, and was not taken. */
  take(event: SerfEvent): boolean {
    if (!isMemberEvent(event)) return false;
    for (const member of event.members) this.#latest.set(member.name, { type: event.type, member });
    this.#timer.onEvent();
    if (this.#latest.size >= stateLimits.coalescedMax) this.flush();
    return true;
  }

  flush(): void {
    this.#timer.cancel();
    const groups = new Map<MemberEventType, SerfMember[]>();
    for (const [name, { type, member }] of this.#latest) {
      const isNews = type === 'member-update' || this.#told.get(name) !== type;
      if (type === 'member-reap') this.#told.delete(name);
      else this.#told.set(name, type);
      if (!isNews) continue;
      const group = groups.get(type);
      if (group === undefined) groups.set(type, [member]);
      else group.push(member);
    }
    this.#latest.clear();
    for (const [type, members] of groups) this.#emit({ type, members });
  }
}

/**
 * Collects the user events that allow it, and hands on of each name those with the highest Lamport time, in order (Serf
 * `userEventCoalescer`).
 */
export class UserCoalescer {
  readonly #emit: (event: SerfEvent) => void;
  readonly #timer: FlushTimer;
  readonly #latest: Map<string, UserSerfEvent[]> = new Map();
  #count: number = 0;

  constructor(times: CoalescerTimes, env: CoalescerEnv, emit: (event: SerfEvent) => void) {
    this.#emit = emit;
    this.#timer = new FlushTimer('user events', times, env, () => this.flush());
  }

  /** False: it is no user event that may be coalesced, and was not taken. */
  take(event: SerfEvent): boolean {
    if (event.type !== 'user' || !event.coalesce) return false;
    this.#remember(event);
    this.#timer.onEvent();
    if (this.#count >= stateLimits.coalescedMax) this.flush();
    return true;
  }

  flush(): void {
    this.#timer.cancel();
    const events = [...this.#latest.values()].flat();
    this.#latest.clear();
    this.#count = 0;
    for (const event of events) this.#emit(event);
  }

  #remember(event: UserSerfEvent): void {
    const known = this.#latest.get(event.name) ?? [];
    const knownLtime = known[0]?.ltime ?? -1;
    if (event.ltime < knownLtime) return;
    if (event.ltime > knownLtime) {
      this.#count += 1 - known.length;
      this.#latest.set(event.name, [event]);
    } else {
      this.#count += 1;
      known.push(event);
    }
  }
}

/** What `config` wants; undefined when member events are not coalesced. */
export function memberCoalescerOf(
  { coalescePeriodMs: periodMs, quiescentPeriodMs: quiescentMs }: SerfConfig,
  env: CoalescerEnv,
  emit: (event: SerfEvent) => void,
): MemberCoalescer | undefined {
  if (periodMs === 0 || quiescentMs === 0) return undefined;
  return new MemberCoalescer({ periodMs, quiescentMs }, env, emit);
}

/** What `config` wants; undefined when user events are not coalesced. */
export function userCoalescerOf(
  { userCoalescePeriodMs: periodMs, userQuiescentPeriodMs: quiescentMs }: SerfConfig,
  env: CoalescerEnv,
  emit: (event: SerfEvent) => void,
): UserCoalescer | undefined {
  if (periodMs === 0 || quiescentMs === 0) return undefined;
  return new UserCoalescer({ periodMs, quiescentMs }, env, emit);
}

function isMemberEvent(event: SerfEvent): event is MemberSerfEvent {
  return 'members' in event;
}
