/**
 * Rows of cells lined up as `serf` does it, without a newline at the end: columns as wide as their widest cell and two
 * spaces apart, cells without surrounding spaces. The last cell of a row is not filled up, but one that is empty still
 * has its two spaces before it, except at the very end. Scripts cut these lines by column.
 */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.trim()));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, characterCount(cell))));
  }
  return cells.map((row) => row.map((cell, column) => filled(cell, column, row, widths)).join('')).join('\n').trim();
}

function filled(cell: string, column: number, row: readonly string[], widths: readonly number[]): string {
  if (column === row.length - 1) return cell;
  return `${cell}${' '.repeat(widths[column]! - characterCount(cell))}  `;
}

/** Unicode code points: what `serf` counts as one column each. */
function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
