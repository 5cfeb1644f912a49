import { jsonDocuments } from './json-documents.ts';
import type { JsonDocument } from './json-fields.ts';
import type { JsonSchema } from './json-schema.ts';
import { markdownTable } from './markdown.ts';

/** docs/cli-json.md, made from the schemas that the tests hold the commands to. */
export function renderJsonDocs(): string {
  return `${HEAD}${jsonDocuments.map(section).join('\n')}`;
}

const HEAD = `# What \`--json\` prints

<!-- Written by \`npm run docs\` from the schemas. Change the schemas, not this page. -->

With \`--json\` a command prints one document on standard output and nothing else (\`monitor\`, \`top\`, \`kv watch\` and
\`kv export\` one a line), and ends with the exit code it has without. \`schema\` says what the document is; its number
goes up when a field goes away or changes its meaning, so take new fields in your stride. A command that asks an agent
and fails prints \`hearsay/error/1\`. Warnings and advice go to standard error.

\`members\`, \`info\` and \`query\` also have \`-format=json\`, which is what \`serf -format=json\` prints.
\`agent --json\` is about its log: an object a line, see its help.

`;

function section(document: JsonDocument): string {
  const rows = Object.entries(document.fields).flatMap(([name, schema]) =>
    rowsOf(name, schema, document.optional?.includes(name) === true),
  );
  const command = document.command.startsWith('Every') ? document.command : `\`hearsay ${document.command} --json\``;
  const table = markdownTable(['field', 'type', 'meaning'], rows);
  return `## ${document.schema}\n\n${command}. ${document.about}\n\n${table}\n`;
}

/** A row for the field, and one for each field inside it. */
function rowsOf(path: string, schema: JsonSchema, isOptional: boolean): string[][] {
  const own = [`\`${path}\``, typeText(schema), `${schema.description ?? ''}${isOptional ? ' (may be absent)' : ''}`];
  const inner = schema.type === 'array' ? schema.items : schema;
  const prefix = schema.type === 'array' ? `${path}[]` : path;
  const fields = Object.entries(inner?.properties ?? {});
  const isRequired = new Set(inner?.required ?? []);
  return [own, ...fields.flatMap(([name, field]) => rowsOf(`${prefix}.${name}`, field, !isRequired.has(name)))];
}

function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${plural(schema.items ?? {})}`;
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    return `map to ${plural(schema.additionalProperties)}`;
  }
  return nameOf(schema);
}

function plural(schema: JsonSchema): string {
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    return `maps to ${plural(schema.additionalProperties)}`;
  }
  return `${nameOf(schema)}s`;
}

function nameOf({ type, const: constant }: JsonSchema): string {
  if (type === undefined && constant === undefined) return 'any JSON';
  return type === 'string' || type === undefined ? 'text' : type;
}
