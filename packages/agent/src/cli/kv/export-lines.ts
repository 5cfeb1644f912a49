import type { RpcKvExported } from 'hearsay/client';
import { CliError } from '../exit-codes.ts';
import { bytesOf, losslessFields, parseJson } from './values.ts';

const SCHEMA = 'hearsay/kv-export/1';

/** One key as a line of an export. */
export function exportLine({ key, value, ttlMs }: RpcKvExported): string {
  const document = { schema: SCHEMA, key, ...losslessFields(value), ...(ttlMs > 0 && { ttlMs }) };
  return `${JSON.stringify(document)}\n`;
}

/** Reads an export: all of it, before anything is written. */
export function readExport(bytes: Uint8Array): RpcKvExported[] {
  const lines = Buffer.from(bytes).toString().split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, index + 1)]));
}

function readLine(line: string, lineNumber: number): RpcKvExported {
  const document = parseJson(Buffer.from(line))?.value;
  if (typeof document !== 'object' || document === null) throw problem(lineNumber, 'it is no JSON document');
  const fields = document as Readonly<Record<string, unknown>>;
  const { schema, key, ttlMs = 0 } = fields;
  if (schema !== SCHEMA) throw problem(lineNumber, `its schema is ${JSON.stringify(schema)}, not ${SCHEMA}`);
  if (typeof key !== 'string') throw problem(lineNumber, 'it has no key');
  const value = bytesOf(fields);
  if (value === undefined) throw problem(lineNumber, 'it has neither a value nor a valueBase64');
  if (typeof ttlMs !== 'number' || !(ttlMs >= 0)) throw problem(lineNumber, 'its ttlMs is no time');
  return { key, value, ttlMs };
}

function problem(lineNumber: number, what: string): CliError {
  return new CliError(`line ${lineNumber} is not of an export: ${what}; nothing was written`);
}
