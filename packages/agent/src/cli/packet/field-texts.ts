import { formatAddr, type DissectedField } from 'hearsay/wire';
import { safeText } from '../output.ts';
import { decodeSerfTags } from './serf-tags.ts';

/** Byte strings are shown up to here; `--json` shows all. */
const SHOWN_BYTES = 48;

/** A field's value as people want to read it. */
export function fieldText(field: DissectedField): string {
  const { value } = field;
  if (!field.isKnown) return 'not a field of this message; receivers pass over it';
  if (value === null) return 'nil';
  if (typeof value === 'string') return quoted(value);
  if (!(value instanceof Uint8Array)) return [String(value), fieldMeaning(field)].filter(Boolean).join('  ');
  const meaning = fieldMeaning(field);
  return meaning === undefined ? bytesText(value) : `${meaning}  (${shortHex(value)})`;
}

/** What a value stands for, where that is not plain from the value; undefined else. */
export function fieldMeaning({ name, value }: DissectedField): string | undefined {
  if (name === 'State' && typeof value === 'number') return STATES[value] ?? 'no state that exists';
  if (!(value instanceof Uint8Array)) return undefined;
  switch (name) {
    case 'Addr':
    case 'SourceAddr':
    case 'Target':
      return value.length === 0 ? undefined : formatAddr(value);
    case 'Vsn':
      return value.length === 6 ? versionsText(value) : undefined;
    case 'Meta':
      return serfTagsText(value);
    default:
      return undefined;
  }
}

const STATES: readonly string[] = ['alive', 'suspect', 'dead', 'left'];

/** Bytes as text when they are that, and as hex. */
export function bytesText(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty';
  const text = printableText(bytes);
  return text === undefined ? shortHex(bytes) : `${quoted(text)}  (${shortHex(bytes)})`;
}

function versionsText([min, max, current, delegateMin, delegateMax, delegateCurrent]: Uint8Array): string {
  return `protocol ${current} of ${min} to ${max}, delegate ${delegateCurrent} of ${delegateMin} to ${delegateMax}`;
}

function serfTagsText(meta: Uint8Array): string | undefined {
  const tags = decodeSerfTags(meta);
  if (tags === undefined) return undefined;
  const list = tags.map(([key, value]) => `${safeText(key)}=${safeText(value)}`).join(', ');
  return `Serf tags: ${list === '' ? 'none' : list}`;
}

/** Undefined when it is not UTF-8, or holds control characters. */
function printableText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return safeText(text) === text && text.length <= 200 ? text : undefined;
  } catch {
    return undefined; // not UTF-8
  }
}

function quoted(text: string): string {
  return `"${safeText(text)}"`;
}

/** The first bytes in hex, and how many there are when not all are shown. */
export function shortHex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex');
  return bytes.length <= SHOWN_BYTES ? shown : `${shown}… ${bytes.length} bytes`;
}
