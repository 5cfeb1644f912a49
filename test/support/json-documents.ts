import { expect } from 'vitest';
import { jsonDocuments } from '../../packages/agent/src/cli/json-documents.ts';
import { schemaOf } from '../../packages/agent/src/cli/json-fields.ts';
import { schemaProblems } from './json-schema.ts';

/** Holds what `--json` printed to the schema of that name, and gives it back. */
export function expectDocument(text: string, schema: string): Readonly<Record<string, unknown>> {
  const value = JSON.parse(text) as Record<string, unknown>;
  expect(value['schema']).toBe(schema);
  const document = jsonDocuments.find((candidate) => candidate.schema === schema);
  if (document === undefined) throw new Error(`there is no schema ${schema}`);
  expect(schemaProblems(schemaOf(document), value)).toEqual([]);
  return value;
}
