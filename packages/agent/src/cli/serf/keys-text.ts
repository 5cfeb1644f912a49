import type { RpcKeysResponse } from 'hearsay/client';
import { safeText } from '../output.ts';
import { columns } from './columns.ts';

/** `hearsay keys -list`: each key and on how many of the members it is. */
export function keysText({ keys, numNodes }: RpcKeysResponse): string {
  const rows = Object.entries(keys ?? {}).map(([key, count]) => [safeText(key), `[${count}/${numNodes}]`]);
  return `${columns(rows)}\n`;
}

/** The complaints of members above the error of a key request; one empty line when there are none. */
export function keyFailuresText({ messages }: RpcKeysResponse): string {
  const rows = Object.entries(messages ?? {}).map(([member, message]) => [
    'failed: ',
    safeText(member),
    safeText(message),
  ]);
  return rows.length === 0 ? '\n' : `${columns(rows)}\n\n`;
}
