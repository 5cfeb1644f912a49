/** A bar of `share` of `width`, at least one cell when it is not nothing, and a stroke where `mark` lies. */
export function bar(share: number, width: number, mark?: number): string {
  const full = cellsOf(share, width);
  const cells = Array.from({ length: width }, (_, index): string => (index < full ? '█' : '░'));
  if (mark !== undefined) cells[cellsOf(mark, width) - 1] = '┃';
  return cells.join('');
}

function cellsOf(share: number, width: number): number {
  return share === 0 ? 0 : Math.max(1, Math.round(share * width));
}
