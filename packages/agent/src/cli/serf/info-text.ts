import type { RpcStats } from 'hearsay/client';
import { safeText } from '../output.ts';
import { goJson, sortedKeys } from './go-json.ts';

/** `hearsay info`: groups and names in order. */
export function infoText(stats: RpcStats): string {
  const groups = Object.entries(sortedStats(stats)).map(([group, values]) => {
    const lines = Object.entries(values).map(([name, value]) => `\t${safeText(name)} = ${safeText(value)}\n`);
    return `${safeText(group)}:\n${lines.join('')}`;
  });
  return `${groups.join('').trim()}\n`;
}

/** `hearsay info -format=json`. */
export function infoJson(stats: RpcStats): string {
  return goJson(sortedStats(stats));
}

/** The same with groups and names in order. */
export function sortedStats(stats: RpcStats): Record<string, Record<string, string>> {
  return Object.fromEntries(Object.entries(sortedKeys(stats)).map(([group, values]) => [group, sortedKeys(values)]));
}
