import { swimLimits } from '../swim/index.ts';
import { utf8Length } from '../wire/index.ts';
import type { LamportTime } from './messages.ts';

/** What a snapshot file says: Serf's own format, so that either can take over the other's file. */
export interface SnapshotState {
  /** Name to `ip:port` of the members that were alive. */
  readonly aliveNodes: ReadonlyMap<string, string>;
  /** Last times seen; 0 when there was none. */
  readonly clock: LamportTime;
  readonly eventClock: LamportTime;
  readonly queryClock: LamportTime;
}

/** A snapshot file that was read. */
export interface ReplayedSnapshot extends SnapshotState {
  /** Length of the file in UTF-8. */
  readonly sizeBytes: number;
  /** The last line has no end: the writer died in the middle of it. It does not count. */
  readonly isTorn: boolean;
  /** A graceful leave was found and not heeded, as `rejoinAfterLeave` wants. */
  readonly ignoredLeave: boolean;
  /** What was passed over, in Serf's words; at most 100. */
  readonly warnings: readonly string[];
}

/** The lines of the file, apart from `leave`, `coordinate: ` of former versions and comments. */
export const snapshotPrefix = {
  alive: 'alive: ',
  notAlive: 'not-alive: ',
  clock: 'clock: ',
  eventClock: 'event-clock: ',
  queryClock: 'query-clock: ',
} as const;

const WARNINGS_MAX = 100;
const QUOTED_MAX_LENGTH = 200;

/**
 * Reads a snapshot line by line. Never fails: lines that make no sense are passed over with a warning, and later lines
 * count more than earlier ones.
 */
export function replaySnapshot(text: string, options: { readonly rejoinAfterLeave: boolean }): ReplayedSnapshot {
  const replay = new Replay(options.rejoinAfterLeave);
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    replay.readLine(text.slice(start, end));
    start = end + 1;
  }
  return replay.finish(utf8Length(text), start < text.length);
}

class Replay {
  readonly #rejoinAfterLeave: boolean;
  readonly #aliveNodes: Map<string, string> = new Map();
  readonly #warnings: string[] = [];
  #clock: LamportTime = 0;
  #eventClock: LamportTime = 0;
  #queryClock: LamportTime = 0;
  #ignoredLeave: boolean = false;

  constructor(rejoinAfterLeave: boolean) {
    this.#rejoinAfterLeave = rejoinAfterLeave;
  }

  readLine(line: string): void {
    const prefix = Object.values(snapshotPrefix).find((start) => line.startsWith(start));
    const rest = line.slice(prefix?.length ?? 0);
    switch (prefix) {
      case snapshotPrefix.alive:
        this.#readAlive(line, rest);
        break;
      case snapshotPrefix.notAlive:
        this.#aliveNodes.delete(rest);
        break;
      case snapshotPrefix.clock:
        this.#clock = this.#readClock(rest, 'clock', this.#clock);
        break;
      case snapshotPrefix.eventClock:
        this.#eventClock = this.#readClock(rest, 'event clock', this.#eventClock);
        break;
      case snapshotPrefix.queryClock:
        this.#queryClock = this.#readClock(rest, 'query clock', this.#queryClock);
        break;
      default:
        if (line === 'leave') this.#readLeave();
        else if (!line.startsWith('#') && !line.startsWith('coordinate: ')) {
          this.#warn(`Unrecognized snapshot line: ${quoted(line)}`);
        }
    }
  }

  finish(sizeBytes: number, isTorn: boolean): ReplayedSnapshot {
    return {
      aliveNodes: this.#aliveNodes,
      clock: this.#clock,
      eventClock: this.#eventClock,
      queryClock: this.#queryClock,
      sizeBytes,
      isTorn,
      ignoredLeave: this.#ignoredLeave,
      warnings: this.#warnings,
    };
  }

  /** The name may have spaces, the address has none. */
  #readAlive(line: string, rest: string): void {
    const space = rest.lastIndexOf(' ');
    if (space < 0) return this.#warn(`Failed to parse address: ${quoted(line)}`);
    const name = rest.slice(0, space);
    if (this.#aliveNodes.size >= swimLimits.membersMax && !this.#aliveNodes.has(name)) {
      return this.#warn(`More than ${swimLimits.membersMax} members: ${quoted(line)}`);
    }
    this.#aliveNodes.set(name, rest.slice(space + 1));
  }

  #readClock(digits: string, which: string, before: LamportTime): LamportTime {
    const time = /^\d{1,20}$/.test(digits) ? Number(digits) : Number.NaN;
    if (Number.isSafeInteger(time)) return time;
    this.#warn(`Failed to convert ${which} time: ${quoted(digits)} is not a number up to ${Number.MAX_SAFE_INTEGER}`);
    return before;
  }

  #readLeave(): void {
    if (this.#rejoinAfterLeave) {
      this.#ignoredLeave = true;
      return;
    }
    this.#aliveNodes.clear();
    this.#clock = 0;
    this.#eventClock = 0;
    this.#queryClock = 0;
  }

  #warn(warning: string): void {
    if (this.#warnings.length < WARNINGS_MAX) this.#warnings.push(warning);
  }
}

/** The file may hold anything, and a warning goes to a log. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, QUOTED_MAX_LENGTH));
}
