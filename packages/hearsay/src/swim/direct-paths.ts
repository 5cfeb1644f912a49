import type { StepClock } from '../util/index.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';

/** Members that this node cannot talk with directly although they are there. */
export interface BrokenPaths {
  /** They ping this node, and do not answer: what it sends them does not arrive. */
  readonly out: number;
  /** They do not ping it either, but others reach them: what they send does not arrive here, or nothing does. */
  readonly in: number;
}

/** Probes in a row without an answer. Chosen: where one packet in ten is lost, one member in 150 seems so by chance. */
const missedMin = 3;
/** For how long a ping of a dead member tells that it is there, in milliseconds. Chosen: some rounds of its probes. */
const heardMs = 60_000;
/** Members that are followed at once, the oldest go first. Chosen: as many as have contacts in the evidence. */
const pathsMax = 1_024;

/** The probes of a member since it last answered one by itself. */
interface Path {
  missed: number;
  readonly sinceMs: number;
  pingedAtMs: number;
}

/**
 * Notices one-way links: from members whose probes only others or a stream can save, and from those that send pings but
 * answer none. Members that answer cost nothing.
 */
export class DirectPaths {
  readonly #clock: StepClock;
  readonly #members: MemberList;
  readonly #paths: Map<string, Path> = new Map();

  constructor(clock: StepClock, members: MemberList) {
    this.#clock = clock;
    this.#members = members;
  }

  /** The member answered a ping by itself. */
  onAnswered(name: string): void {
    this.#paths.delete(name);
  }

  /** A probe ended without such an answer. */
  onMissed(name: string): void {
    this.#follow(name).missed += 1;
  }

  /** The member has pinged this node. */
  onPing({ name, state }: Member): void {
    const path = state === 'dead' ? this.#follow(name) : this.#paths.get(name);
    if (path !== undefined) path.pingedAtMs = this.#clock.nowMs;
  }

  /** Those of which it is known now. */
  count(): BrokenPaths {
    const count = { out: 0, in: 0 };
    for (const [name, path] of this.#paths) {
      const direction = this.#directionOf(name, path);
      if (direction !== undefined) count[direction] += 1;
    }
    return count;
  }

  #follow(name: string): Path {
    let path = this.#paths.get(name);
    if (path !== undefined) return path;
    if (this.#paths.size >= pathsMax) this.#paths.delete(this.#paths.keys().next().value!);
    path = { missed: 0, sinceMs: this.#clock.nowMs, pingedAtMs: -Infinity };
    this.#paths.set(name, path);
    return path;
  }

  #directionOf(name: string, { missed, sinceMs, pingedAtMs }: Path): keyof BrokenPaths | undefined {
    const member = this.#members.get(name);
    if (member === undefined || member.state === 'left') return undefined;
    // The dead are probed no longer: that one of them goes on sending pings is enough.
    if (member.state === 'dead') {
      const isHeard = pingedAtMs > member.stateChangedAtMs && pingedAtMs > this.#clock.nowMs - heardMs;
      return isHeard ? 'out' : undefined;
    }
    if (missed < missedMin) return undefined;
    if (pingedAtMs > sinceMs) return 'out';
    return member.state === 'alive' ? 'in' : undefined;
  }
}
