import type { Io } from './io.ts';

/** A terminal's size. */
export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

const ESC = '\x1b[';
/** Alternate screen, cursor hidden, no wrapping at the right edge. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}2J`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
/** Terminals that know these two show what lies between them at once; others ignore them. */
const BEGIN_UPDATE = `${ESC}?2026h`;
const END_UPDATE = `${ESC}?2026l`;

/**
 * Draws frames on a terminal without flicker: only lines that changed are written, in one piece, each over the old
 * one. The screen of before comes back at {@link Screen.leave}, and also when the process ends in any other way.
 */
export class Screen {
  readonly #io: Io;
  readonly #draw: (size: FrameSize) => readonly string[];
  readonly #everyMs: number | undefined;
  readonly #cleanups: (() => void)[] = [];
  #shown: readonly string[] = [];
  #isOpen: boolean = false;

  /** Draws anew every `everyMs`; without it only at {@link Screen.refresh}, and when the terminal changes its size. */
  constructor(io: Io, draw: (size: FrameSize) => readonly string[], everyMs?: number) {
    this.#io = io;
    this.#draw = draw;
    this.#everyMs = everyMs;
  }

  enter(): void {
    const { terminal } = this.#io;
    if (this.#isOpen || terminal === undefined) return;
    this.#isOpen = true;
    this.#io.out(ENTER);
    this.refresh();
    const timer = this.#everyMs === undefined ? undefined : setInterval(() => this.refresh(), this.#everyMs);
    this.#cleanups.push(
      () => clearInterval(timer),
      terminal.onResize(() => {
        this.#io.out(`${ESC}2J`);
        this.#shown = [];
        this.refresh();
      }),
      this.#io.onExit(() => this.leave()),
    );
  }

  refresh(): void {
    const { terminal } = this.#io;
    if (!this.#isOpen || terminal === undefined) return;
    const lines = this.#draw({ columns: terminal.columns, rows: terminal.rows });
    const changes = lines.map((line, row) =>
      line === this.#shown[row] ? '' : `${ESC}${row + 1};1H${line}${ESC}0m${ESC}K`,
    );
    this.#shown = lines;
    const update = changes.join('');
    if (update !== '') this.#io.out(`${BEGIN_UPDATE}${update}${END_UPDATE}`);
  }

  /** Gives the terminal back as it was. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#io.out(LEAVE);
  }
}
