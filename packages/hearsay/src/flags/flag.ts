/**
 * What a feature flag is: a JSON document under the shared key `flags/NAME`. Whoever reads the key can evaluate it, and
 * all members come to the same answer for the same context.
 */

/** A value that survives JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What a flag may serve: variants of one flag are all booleans, all texts, all numbers, or all objects (or arrays). */
export type FlagValue =
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | {
      readonly [key: string]: JsonValue;
    };

/** The kind of a flag's variants; arrays count as objects. */
export type FlagType = 'boolean' | 'number' | 'string' | 'object';

/** What an attribute can be compared with. */
export type FlagScalar = boolean | number | string;

/** What is known of the one who asks; `targetingKey` names them. Attributes are looked up by name, not by path. */
export type FlagContext = Readonly<Record<string, unknown>>;

/**
 * A flag.
 *
 * @example
 * ```json
 * {
 *   "variants": { "on": true, "off": false },
 *   "defaultVariant": "off",
 *   "rules": [
 *     { "when": [{ "attribute": "plan", "in": ["team", "business"] }], "serve": "on" },
 *     { "serve": [{ "variant": "on", "percent": 20 }] }
 *   ]
 * }
 * ```
 */
export interface Flag {
  /** What it can serve, by name: 1 to 100, all of one {@link FlagType}. */
  readonly variants: Readonly<Record<string, FlagValue>>;
  /** The variant for those whom no rule serves. */
  readonly defaultVariant: string;
  /** Whether it is in use. @defaultValue true */
  readonly enabled?: boolean;
  /** The variant of a flag that is not enabled. @defaultValue what the program that asks gives as its default */
  readonly offVariant?: string;
  /** The first rule that serves the one who asks decides; at most 100. @defaultValue none */
  readonly rules?: readonly FlagRule[];
  /** Sets the order in which percentages take people in. Flags with equal salts take in the same. @defaultValue its name */
  readonly salt?: string;
  /** For people. Up to 1,000 characters. */
  readonly description?: string;
  /** Goes along with every evaluation; at most 20 entries. */
  readonly metadata?: Readonly<Record<string, FlagScalar>>;
}

/** Serves a variant, or several by percentages, to those for whom all conditions hold. */
export interface FlagRule {
  /** All must hold; at most 20. @defaultValue none: the rule is for everybody */
  readonly when?: readonly FlagCondition[];
  /** A variant, or shares. Those who fall into no share go on to the next rule. */
  readonly serve: string | readonly FlagShare[];
  /**
   * The attribute whose hash decides in which share one falls. @defaultValue `targetingKey`
   */
  readonly by?: string;
  /** For people. Up to 1,000 characters. */
  readonly description?: string;
}

/**
 * A share of those whom a rule concerns. Shares lie side by side in their order, so raising the percentage of one moves
 * nobody out of it; those of later shares may come into it.
 */
export interface FlagShare {
  readonly variant: string;
  /** From 0 to 100, in steps of 0.001; together at most 100. */
  readonly percent: number;
}

/**
 * A comparison of one attribute, by exactly one operator. An attribute that is absent, or of another type, meets no
 * condition, and no negated one either.
 */
export type FlagCondition = {
  readonly attribute: string;
  /** Turns the result round. @defaultValue false */
  readonly not?: boolean;
} & FlagOperator;

/** What an attribute is compared with. */
export type FlagOperator =
  /** The same type and value. */
  | { readonly equals: FlagScalar }
  /** Equals one of at most 1,000. */
  | { readonly in: readonly FlagScalar[] }
  | { readonly prefix: string }
  | { readonly suffix: string }
  /** Numbers only: the text `"5"` is none. */
  | { readonly below: number }
  | { readonly atMost: number }
  | { readonly above: number }
  | { readonly atLeast: number }
  /** Versions by the precedence of Semantic Versioning 2.0.0 §11; a leading `v` is allowed. */
  | { readonly semverBelow: string }
  | { readonly semverAtLeast: string };

/** Bounds of a flag document. Its JSON must also fit in a shared value: 16 KiB unless configured. */
export const flagLimits = {
  variantsMax: 100,
  rulesMax: 100,
  conditionsMax: 20,
  valuesMax: 1_000,
  metadataMax: 20,
  nameMaxLength: 100,
  textMaxLength: 1_000,
  /** Percentages are cut into this many parts: steps of 0.001 %. */
  buckets: 100_000,
} as const;

/** The attribute that names the one who asks. */
export const targetingKey = 'targetingKey';

/** All flags are under this prefix of the shared map. */
export const flagPrefix = 'flags/';

/** The shared key of a flag. */
export function flagKey(name: string): string {
  return flagPrefix + name;
}

/** The name of the flag under `key`; `undefined` for a key that is none of a flag. */
export function flagNameOf(key: string): string | undefined {
  return key.startsWith(flagPrefix) && key.length > flagPrefix.length ? key.slice(flagPrefix.length) : undefined;
}

/** The type of the variants of a checked flag. */
export function flagTypeOf(flag: Flag): FlagType {
  return valueTypeOf(flag.variants[flag.defaultVariant]) ?? 'object';
}

/** The type of what a flag may serve; `undefined` for all else, `null` too. */
export function valueTypeOf(value: unknown): FlagType | undefined {
  const type = typeof value;
  if (type === 'boolean' || type === 'string') return type;
  if (type === 'number') return Number.isFinite(value) ? type : undefined;
  return type === 'object' && value !== null ? 'object' : undefined;
}
