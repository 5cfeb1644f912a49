import { dissectionFailures, type DissectedField, type Dissection } from 'hearsay/wire';
import { failureTexts } from './failure-texts.ts';
import { fieldMeaning } from './field-texts.ts';

/**
 * The document that `hearsay packet decode --json` prints, schema `hearsay/packet-decode/1`: `dissection` is the tree
 * of layers as 'hearsay/wire' describes it, byte strings as hex; fields also carry `means` where that is not plain.
 */
export function toJsonDocument(dissection: Dissection, lengthBytes: number, channel: 'packet' | 'stream'): object {
  const failures = dissectionFailures(dissection).map(({ layer, failure }) => ({
    layer,
    ...failure,
    text: failureTexts[failure.reason],
  }));
  return {
    schema: 'hearsay/packet-decode/1',
    channel,
    lengthBytes,
    ok: failures.length === 0,
    failures,
    dissection: toJson(dissection),
  };
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
  const means = 'isKnown' in value ? fieldMeaning(value as DissectedField) : undefined;
  return means === undefined ? copy : { ...copy, means };
}
