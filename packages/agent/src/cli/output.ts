import type { Io } from './io.ts';

const SGR = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

/** How a piece of text is to look. Sixteen-colour names only, so that the reader's own theme decides. */
export type Look = keyof typeof SGR;

/** Colours text, or leaves it as it is. */
export type Paint = (text: string, ...looks: readonly Look[]) => string;

/** No colours, whatever is asked. */
export const plainPaint: Paint = (text) => text;

/** Colours by escape sequences. */
export const colourPaint: Paint = (text, ...looks) =>
  text === '' || looks.length === 0 ? text : `\x1b[${looks.map((look) => SGR[look]).join(';')}m${text}\x1b[0m`;

/**
 * Colours only on a terminal. `NO_COLOR` (any text) and `TERM=dumb` turn them off, `FORCE_COLOR` (other than 0) on;
 * `NO_COLOR` wins.
 */
export function paintFor(io: Io): Paint {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: term } = io.env;
  if (no !== undefined && no !== '') return plainPaint;
  if (force !== undefined && force !== '' && force !== '0') return colourPaint;
  return io.terminal !== undefined && term !== 'dumb' ? colourPaint : plainPaint;
}

const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** `text` without escape sequences. */
export function stripEscapes(text: string): string {
  return text.replace(ESCAPES, '');
}

/** Columns that `text` takes on a terminal. Our own texts hold no double-width characters; names are cleaned first. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const _ of stripEscapes(text)) width++;
  return width;
}

/** Cuts `text` to `width` columns, escape sequences not counted, and closes what they opened. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  let isPainted = false;
  for (const piece of text.matchAll(/\x1b\[[0-9;?]*[A-Za-z]|[^]/gu)) {
    if (piece[0].startsWith('\x1b')) isPainted = piece[0] !== '\x1b[0m';
    else if (++used > width - 1) return `${cut}…${isPainted ? '\x1b[0m' : ''}`;
    cut += piece[0];
  }
  return cut;
}

/** Fills `text` up to `width` columns with spaces on the right, or on the left. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'right' ? text + spaces : spaces + text;
}

/** Breaks `text` at spaces into lines of at most `width` columns; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Rows of cells in columns as wide as their widest cell, two spaces apart, nothing trailing. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))));
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => pad(cell, widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Data for programs: one JSON document, two spaces deep, ending in a newline. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Text from the network made safe for a terminal: control characters, which could move its cursor, become `\xNN`. */
export function safeText(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
}
