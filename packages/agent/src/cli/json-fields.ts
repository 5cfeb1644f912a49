import type { JsonSchema } from './json-schema.ts';

/** One kind of document that `--json` prints. */
export interface JsonDocument {
  /** Stands in the document as `schema`. The number goes up when a field goes away or changes its meaning. */
  readonly schema: string;
  /** The command lines that print it. */
  readonly command: string;
  readonly about: string;
  /** The fields beside `schema`. All are there unless named in `optional`. */
  readonly fields: Readonly<Record<string, JsonSchema>>;
  readonly optional?: readonly string[];
}

/** A text. */
export const text = (description: string): JsonSchema => ({ type: 'string', description });
/** True or false. */
export const flag = (description: string): JsonSchema => ({ type: 'boolean', description });
/** A whole number. */
export const count = (description: string): JsonSchema => ({ type: 'integer', description });
/** Any number. */
export const amount = (description: string): JsonSchema => ({ type: 'number', description });
/** A list of texts. */
export const texts = (description: string): JsonSchema => ({ type: 'array', description, items: { type: 'string' } });
/** An object with any names. */
export const map = (description: string, values: JsonSchema): JsonSchema => ({
  type: 'object',
  description,
  additionalProperties: values,
});
/** A list. */
export const list = (description: string, items: JsonSchema): JsonSchema => ({ type: 'array', description, items });

/** A closed object: all fields, and no others, but for the optional ones. */
export function closedObject(
  fields: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
  description?: string,
): JsonSchema {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: fields,
    required: Object.keys(fields).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

/** The schema of a whole document. */
export function schemaOf({ schema, fields, optional }: JsonDocument): JsonSchema {
  return closedObject({ schema: { type: 'string', const: schema }, ...fields }, optional);
}
