/**
 * Rows of cells lined up as `serf` does it, without a newline at the end: columns as wide as their widest cell and two
 * spaces apart, cells without surrounding spaces. The last cell of a row is not filled up, but one that is empty still
 * has its two spaces before it, except at the very end. Scripts cut these lines by column.
 *
 * `look` may colour a cell once its width is known.
 */
export function columns(rows: readonly (readonly string[])[], look: CellLook = (cell) => cell): string {
  const cells = rows.map((row) => row.map((cell) => cell.trim()));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, characterCount(cell))));
  }
  const lines = cells.map((row) => {
    const filled = row.map((cell, column) => {
      const spaces = column === row.length - 1 ? '' : ' '.repeat(widths[column]! - characterCount(cell) + 2);
      return look(cell, column) + spaces;
    });
    return filled.join('');
  });
  return lines.join('\n').trim();
}

/** How a cell of a column is to look. */
export type CellLook = (cell: string, column: number) => string;

/** Unicode code points: what `serf` counts as one column each. */
function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
