import { bar } from '../bars.ts';
import type { Io } from '../io.ts';
import { cutTo } from '../output.ts';

const clearLine = '\r\x1b[2K';
const barWidth = 24;
/** Where there is no terminal, a line each time so much more is done. */
const shareOfLine = 0.1;

/** How far an experiment has come, on standard error: a bar when that is a terminal, else a line now and then. */
export class Progress {
  readonly #io: Io;
  readonly #taskCount: number;
  readonly #knownCount: number;
  readonly #startedAtMs: number = performance.now();
  #doneCount: number;
  #lineAtShare: number;

  /** `knownCount` of `taskCount` were done by an earlier run. */
  constructor(io: Io, taskCount: number, knownCount: number) {
    this.#io = io;
    this.#taskCount = taskCount;
    this.#knownCount = knownCount;
    this.#doneCount = knownCount;
    this.#lineAtShare = knownCount / taskCount;
    this.#draw();
  }

  get doneCount(): number {
    return this.#doneCount;
  }

  onDone(cell: string, seed: number): void {
    this.#doneCount += 1;
    this.#draw(`${cell}, seed ${seed}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#io.errorTerminal !== undefined) this.#io.err(clearLine);
  }

  #draw(last: string = ''): void {
    const { errorTerminal: terminal } = this.#io;
    const share = this.#doneCount / this.#taskCount;
    if (terminal !== undefined) {
      const text = `${bar(share, barWidth)} ${this.#text()}  ${last}`;
      return this.#io.err(`${clearLine}${cutTo(text, terminal.columns - 1)}`);
    }
    if (share < this.#lineAtShare - 1e-9 || this.#doneCount === this.#taskCount) return;
    this.#lineAtShare = share + shareOfLine;
    this.#io.err(`${this.#text()}\n`);
  }

  #text(): string {
    const newCount = this.#doneCount - this.#knownCount;
    const leftMs = ((performance.now() - this.#startedAtMs) / newCount) * (this.#taskCount - this.#doneCount);
    const left = newCount === 0 ? '' : `, about ${spanText(leftMs)} left`;
    return `${this.#doneCount} of ${this.#taskCount} runs${left}`;
  }
}

/** A span of time to the minute, or to the second when it is short. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
