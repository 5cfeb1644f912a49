import { readFile } from 'node:fs/promises';
import { CliError, ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { cutTo, safeText } from '../output.ts';

/** Where a value comes from: what was typed, a file, or standard input. */
export interface ValueSource {
  readonly argument: string | undefined;
  /** `-` is standard input. */
  readonly file: string | undefined;
  /** Take the bytes as they are. Else they must be JSON. */
  readonly isRaw: boolean;
}

/** A value as the fields of a JSON document: `value`, or `valueBase64` where the bytes are no JSON. */
export type ValueFields = { readonly value: unknown } | { readonly valueBase64: string };

/** Reads a value. JSON loses the white space between its parts, and nothing else. */
export async function readValue({ argument, file, isRaw }: ValueSource, io: Io): Promise<Uint8Array> {
  if (argument !== undefined && file !== undefined) throw new CliError('give the value, or -file, not both');
  const bytes = argument === undefined ? await readBytes(file, io, VALUE_ADVICE) : Buffer.from(argument);
  if (isRaw) return bytes;
  const text = jsonText(bytes);
  if (text !== undefined) return Buffer.from(text);
  throw new CliError(`the value is no JSON: ${argument === undefined ? RAW_ADVICE : adviceFor(argument)}`);
}

/** All of a file; without one, or for `-`, all of standard input. `advice` is for those who sit there and give nothing. */
export async function readBytes(path: string | undefined, io: Io, advice: string): Promise<Uint8Array> {
  if (path !== undefined && path !== '-') return readFileOf(path);
  const input = await io.readInput();
  if (input === undefined) throw new CliError(advice);
  return input;
}

async function readFileOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError((error as Error).message, ExitCode.failed, { cause: error });
  }
}

const VALUE_ADVICE = 'give the value as an argument, with -file, or on standard input';
const RAW_ADVICE = '-raw takes bytes as they are';

function adviceFor(argument: string): string {
  return `quote a text, '${JSON.stringify(argument)}', or take it as it is with -raw`;
}

/** JSON on one line, to the digit as it was written; undefined when the bytes are none. */
export function jsonText(bytes: Uint8Array): string | undefined {
  if (parseJson(bytes) === undefined) return undefined;
  return Buffer.from(bytes)
    .toString()
    .replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}

/** What the bytes say as JSON; undefined when they are none. */
export function parseJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return undefined; // the caller tells
  }
}

/** A value as JSON documents have it. */
export function valueFields(bytes: Uint8Array): ValueFields {
  return parseJson(bytes) ?? { valueBase64: Buffer.from(bytes).toString('base64') };
}

/** As {@link valueFields}, but `value` only where {@link bytesOf} makes the same bytes of it: nothing may get lost. */
export function losslessFields(bytes: Uint8Array): ValueFields {
  const fields = valueFields(bytes);
  const isSame = 'value' in fields && Buffer.from(JSON.stringify(fields.value)).equals(bytes);
  return isSame ? fields : { valueBase64: Buffer.from(bytes).toString('base64') };
}

/** The bytes of {@link ValueFields}; undefined when there are none. */
export function bytesOf(fields: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  if ('value' in fields) return Buffer.from(JSON.stringify(fields['value']));
  const { valueBase64 } = fields;
  if (typeof valueBase64 !== 'string') return undefined;
  const bytes = Buffer.from(valueBase64, 'base64');
  return bytes.toString('base64') === valueBase64 ? bytes : undefined;
}

/** A value on one line of at most `width` columns, for people. */
export function shownValue(bytes: Uint8Array, width: number): string {
  const text = jsonText(bytes);
  return text === undefined ? `(${bytes.length} bytes)` : cutTo(safeText(text), width);
}
