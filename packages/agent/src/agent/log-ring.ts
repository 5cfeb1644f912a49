import { isAtLeast, type LogLevel } from './log-level.ts';

/** One line of the log, without its newline. */
export interface LogLine {
  readonly level: LogLevel;
  /** In Serf's format, with time, level and component. */
  readonly text: string;
}

/** How many lines a monitor sees of the time before it came. Serf `command/agent/log_writer.go`. */
const capacityLines = 512;

/**
 * The last lines of the log, of all levels, whatever is shown elsewhere: someone who looks at an agent because of a
 * problem wants to see what came before. Lines are short ({@link maxLineLength}), so the ring is bounded in bytes too.
 */
export class LogRing {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();
  /** Where the next line goes once the ring is full: the place of the oldest. */
  #next: number = 0;

  add(line: LogLine): void {
    if (this.#lines.length < capacityLines) this.#lines.push(line);
    else this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % capacityLines;
    for (const listener of this.#listeners) listener(line);
  }

  /** The lines kept that pass `level`, the oldest first. */
  lines(level: LogLevel): readonly LogLine[] {
    const isFull = this.#lines.length === capacityLines;
    const inOrder = isFull ? [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)] : this.#lines;
    return inOrder.filter((line) => isAtLeast(line.level, level));
  }

  /**
   * Hands `listener` the lines kept that pass `level`, then each new one as it comes; it must not throw. Returns what
   * ends it.
   */
  subscribe(level: LogLevel, listener: (line: LogLine) => void): () => void {
    this.lines(level).forEach(listener);
    const filtered = (line: LogLine): void => {
      if (isAtLeast(line.level, level)) listener(line);
    };
    this.#listeners.add(filtered);
    return () => void this.#listeners.delete(filtered);
  }
}
