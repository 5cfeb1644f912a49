/** Medians, spreads and how numbers are printed: shared by all benchmarks. */

/** @param {readonly number[]} values @param {number} share 0.5 is the median @returns {number} NaN when empty */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The middle value, or the mean of the two in the middle. @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three significant digits, thousands with commas. @param {number | undefined} value */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : size >= 0.995 ? 2 : 3);
}

/** `median (least to most)`. @param {readonly number[]} values */
export function spread(values) {
  if (values.length === 0) return '-';
  if (values.length === 1) return figure(values[0]);
  return `${figure(median(values))} (${figure(Math.min(...values))} to ${figure(Math.max(...values))})`;
}

/** A markdown table; all columns but the first are right-aligned. @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
