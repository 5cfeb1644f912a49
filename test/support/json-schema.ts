import type { JsonSchema } from '../../packages/agent/src/cli/json-schema.ts';

/** What breaks `schema` in `value`, each problem with its path; empty when nothing does. */
export function schemaProblems(schema: JsonSchema, value: unknown, path: string = '$'): string[] {
  if (schema.type === undefined && schema.const === undefined && schema.enum === undefined) return [];
  const type = schema.type ?? 'string';
  if (!isOfType(value, type)) return [`${path} is no ${type}`];
  if (typeof value === 'string') return textProblems(schema, value, path);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => schemaProblems(schema.items ?? {}, item, `${path}[${index}]`));
  }
  return typeof value === 'object' && value !== null ? objectProblems(schema, value, path) : [];
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function textProblems(schema: JsonSchema, value: string, path: string): string[] {
  const allowed = schema.const === undefined ? schema.enum : [schema.const];
  if (allowed !== undefined && !allowed.includes(value)) return [`${path} is "${value}", not ${allowed.join(' or ')}`];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    return [`${path} is "${value}", which does not match ${schema.pattern}`];
  }
  return [];
}

function objectProblems(schema: JsonSchema, value: object, path: string): string[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const own = schema.properties?.[name] ?? schema.additionalProperties;
    if (own === false) return [`${path}.${name} is not in the schema`];
    return own === undefined ? [] : schemaProblems(own, inner, `${path}.${name}`);
  });
  return [...missing.map((name) => `${path}.${name} is missing`), ...wrong];
}
