import { formatAddress, Timer, type StepClock, type TimerQueue } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import type { SerfEvent, SerfMember } from './events.ts';
import type { SnapshotRecord } from './host.ts';
import type { LamportTime } from './messages.ts';
import { snapshotPrefix, type ReplayedSnapshot, type SnapshotState } from './snapshot.ts';

/** What a {@link SnapshotWriter} is made of. */
export interface SnapshotWriterParts {
  /** What was in the file. */
  readonly replayed: ReplayedSnapshot;
  readonly rejoinAfterLeave: boolean;
  /** See `SerfConfig.snapshotMinCompactBytes`. */
  readonly minCompactBytes: number;
  readonly persist: (record: SnapshotRecord) => void;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  /** What the member clock shows now. */
  readonly memberTime: () => LamportTime;
  /** Who is alive or leaving now. */
  readonly membersHere: () => Iterable<Pick<SerfMember, 'name' | 'address'>>;
}

/** Lines wait for this long at most, and the member clock is looked at this often (Serf `snapshot.go`). */
const FLUSH_INTERVAL_MS = 500;
/** The file may grow to this for each member that is alive (Serf `snapshot.go`). */
const BYTES_PER_NODE = 256;

/**
 * Writes down who is alive and how far the clocks are, so that the node finds back into its pool after a crash. Serf
 * leaves lines in its buffer until the next one comes; here a timer takes them to the file.
 */
export class SnapshotWriter {
  readonly #parts: SnapshotWriterParts;
  readonly #timer: Timer = new Timer('snapshot', () => this.#tick());
  readonly #aliveNodes: Map<string, string>;
  /** The last values written. */
  #clock: LamportTime;
  #eventClock: LamportTime;
  #queryClock: LamportTime;
  #sizeBytes: number;
  /** Length of the file when it was written anew last. */
  #compactBytes: number = 0;
  #pending: string[] = [];
  #isLeaving: boolean = false;

  constructor(parts: SnapshotWriterParts) {
    const { replayed } = parts;
    this.#parts = parts;
    this.#aliveNodes = new Map(replayed.aliveNodes);
    this.#clock = replayed.clock;
    this.#eventClock = replayed.eventClock;
    this.#queryClock = replayed.queryClock;
    this.#sizeBytes = replayed.sizeBytes;
  }

  /** What a replay of the file would yield, had everything reached it and no leave been announced. */
  get state(): SnapshotState {
    return {
      aliveNodes: this.#aliveNodes,
      clock: this.#clock,
      eventClock: this.#eventClock,
      queryClock: this.#queryClock,
    };
  }

  /** Begins, or begins again after a leave. */
  start(): void {
    if (this.#isLeaving) this.#writeAnewAfterLeave();
    // A new line would be taken for the rest of the torn one.
    else if (this.#parts.replayed.isTorn) this.#compact();
    this.#armTimer();
  }

  /** The last clock, and everything to the disk. */
  stop(): void {
    this.#parts.timers.cancel(this.#timer);
    this.#writeClock();
    this.#flush();
    this.#parts.persist({ kind: 'sync' });
  }

  /** Every event, before anything coalesces it or keeps it back. */
  take(event: SerfEvent): void {
    if (this.#isLeaving) return;
    switch (event.type) {
      case 'member-join':
        for (const member of event.members) this.#writeAlive(member);
        break;
      case 'member-leave':
      case 'member-failed':
        for (const member of event.members) this.#writeNotAlive(member);
        break;
      case 'user':
        this.#writeEventClock(event.ltime);
        return;
      case 'query':
        this.#writeQueryClock(event.ltime);
        return;
      case 'member-update':
      case 'member-reap':
        break;
      default:
        return;
    }
    this.#writeClock();
  }

  /** The node says goodbye: nobody is remembered, unless it wants to come back. Only the clock is written from now on. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    if (!this.#parts.rejoinAfterLeave) this.#aliveNodes.clear();
    this.#append('leave\n');
    this.#flush();
    this.#parts.persist({ kind: 'sync' });
  }

  /**
   * The node still knows its pool and its clocks, and membership does not tell again who never went: what the line of the
   * leave has made of them for whoever reads the file is put right here.
   */
  #writeAnewAfterLeave(): void {
    this.#isLeaving = false;
    for (const member of this.#parts.membersHere()) this.#writeAlive(member);
    this.#compact();
  }

  #tick(): void {
    this.#writeClock();
    this.#flush();
    this.#armTimer();
  }

  #armTimer(): void {
    this.#parts.timers.arm(this.#timer, this.#parts.clock.nowMs + FLUSH_INTERVAL_MS);
  }

  #writeAlive(member: Pick<SerfMember, 'name' | 'address'>): void {
    // Who cannot be contacted cannot be joined again.
    if (member.address === undefined) return;
    const name = oneLine(member.name);
    const address = formatAddress(member.address);
    this.#aliveNodes.set(name, address);
    this.#append(aliveLine(name, address));
  }

  #writeNotAlive(member: SerfMember): void {
    const name = oneLine(member.name);
    this.#aliveNodes.delete(name);
    this.#append(`${snapshotPrefix.notAlive}${name}\n`);
  }

  /** The last time seen is one less than the clock shows. */
  #writeClock(): void {
    const seen = this.#parts.memberTime() - 1;
    if (seen <= this.#clock) return;
    this.#clock = seen;
    this.#append(`${snapshotPrefix.clock}${seen}\n`);
  }

  #writeEventClock(seen: LamportTime): void {
    if (seen <= this.#eventClock) return;
    this.#eventClock = seen;
    this.#append(`${snapshotPrefix.eventClock}${seen}\n`);
  }

  #writeQueryClock(seen: LamportTime): void {
    if (seen <= this.#queryClock) return;
    this.#queryClock = seen;
    this.#append(`${snapshotPrefix.queryClock}${seen}\n`);
  }

  #append(line: string): void {
    this.#pending.push(line);
    this.#sizeBytes += utf8Length(line);
    if (this.#sizeBytes > this.#maxBytes()) this.#compact();
  }

  /** With long names a file can be longer than Serf's limit right after it was written anew; it must not be so at every line. */
  #maxBytes(): number {
    const nodesBytes = BYTES_PER_NODE * this.#aliveNodes.size;
    return Math.max(this.#parts.minCompactBytes, nodesBytes, 2 * this.#compactBytes);
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#parts.persist({ kind: 'append', text: this.#pending.join('') });
    this.#pending = [];
  }

  /** Writes the file anew, with nothing in it but what counts. */
  #compact(): void {
    const lines = [
      ...Array.from(this.#aliveNodes, ([name, address]) => aliveLine(name, address)),
      `${snapshotPrefix.clock}${this.#clock}\n`,
      `${snapshotPrefix.eventClock}${this.#eventClock}\n`,
      `${snapshotPrefix.queryClock}${this.#queryClock}\n`,
    ];
    const text = lines.join('');
    this.#pending = [];
    this.#compactBytes = utf8Length(text);
    this.#sizeBytes = this.#compactBytes;
    this.#parts.persist({ kind: 'replace', text });
  }
}

function aliveLine(name: string, address: string): string {
  return `${snapshotPrefix.alive}${name} ${address}\n`;
}

/** A name with a line end would be more than one line. */
function oneLine(name: string): string {
  return name.replaceAll(/[\0-\x1f\x7f]/g, '\ufffd');
}
