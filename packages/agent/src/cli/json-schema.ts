/** The part of JSON Schema (2020-12) that describes our documents. Without a type, `const` and `enum` it is any JSON. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly description?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** For maps: what every value is. `false`: nothing beside the properties. */
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
}
