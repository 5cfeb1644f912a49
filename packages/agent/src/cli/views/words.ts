import { safeText } from '../output.ts';

/** `1 member`, `2 members`. */
export function amountOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Names, and how many more there are when they would be too many. */
export function nameList(names: readonly string[], namesMax: number): string {
  const shown = names.slice(0, namesMax).map(safeText).join(', ');
  return names.length <= namesMax ? shown : `${shown} and ${names.length - namesMax} more`;
}
