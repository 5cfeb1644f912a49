import { isVersion } from './semver.ts';
import { flagLimits, valueTypeOf, type Flag } from './flag.ts';
import { bucketsOf } from './evaluate.ts';

/** What is wrong with a flag, and where: `rules[0].serve`, for instance. */
export interface FlagProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A flag that may be evaluated, or all that is wrong with it. */
export type FlagCheck = { readonly flag: Flag } | { readonly problems: readonly FlagProblem[] };

/**
 * Whether `document` is a flag. What it does not know it refuses: a misspelt name would otherwise silently keep its
 * default, and a rule of a later version would be taken for another.
 */
export function checkFlag(document: unknown): FlagCheck {
  const check = new Check();
  check.flag(document);
  return check.problems.length === 0 ? { flag: document as Flag } : { problems: check.problems };
}

/** All problems in one line. */
export function describeProblems(problems: readonly FlagProblem[]): string {
  return problems
    .map(({ path, message }) => (path.length === 0 ? message : `${showPath(path)}: ${message}`))
    .join('; ');
}

/** The validator of flag documents as a Standard Schema (version 1), for `kv.define('flags/*', { schema: flagSchema })`. */
export const flagSchema: FlagSchema = {
  '~standard': {
    version: 1,
    vendor: 'hearsay',
    validate: (value) => {
      const check = checkFlag(value);
      return 'flag' in check ? { value: check.flag } : { issues: check.problems };
    },
  },
};

/** The type of {@link flagSchema}: what Standard Schema asks for, of a schema that never answers later. */
export interface FlagSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => { readonly value: Flag } | { readonly issues: readonly FlagProblem[] };
    readonly types?: { readonly input: Flag; readonly output: Flag };
  };
}

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

const operators = [
  'equals',
  'in',
  'prefix',
  'suffix',
  'below',
  'atMost',
  'above',
  'atLeast',
  'semverBelow',
  'semverAtLeast',
];

const PROBLEMS_MAX = 20;

/** Goes through a document and writes down what is wrong; at most 20 problems, so that a broken one stays readable. */
class Check {
  readonly problems: FlagProblem[] = [];
  #variants: Fields = {};

  flag(document: unknown): void {
    const names = [
      'variants',
      'defaultVariant',
      'enabled',
      'offVariant',
      'rules',
      'salt',
      'description',
      'metadata',
    ] as const;
    const flag = this.#object(document, [], names, 'a flag');
    if (flag === undefined) return;
    this.#checkVariants(flag['variants']);
    this.#variant(flag['defaultVariant'], ['defaultVariant']);
    if (flag['offVariant'] !== undefined) this.#variant(flag['offVariant'], ['offVariant']);
    this.#switch(flag['enabled'], ['enabled']);
    this.#text(flag['salt'], ['salt'], 0);
    this.#text(flag['description'], ['description'], 0);
    this.#metadata(flag['metadata']);
    if (flag['rules'] === undefined) return;
    this.#list(flag['rules'], ['rules'], flagLimits.rulesMax, 'rules')?.forEach((rule, index) =>
      this.#rule(rule, ['rules', index]),
    );
  }

  #checkVariants(value: unknown): void {
    const path = ['variants'];
    if (!isObject(value)) return this.#wrong(path, `must be an object of named values, not ${describe(value)}`);
    const names = Object.keys(value);
    this.#variants = value;
    if (names.length === 0) this.#wrong(path, 'must have at least one variant');
    this.#count(names.length, flagLimits.variantsMax, path, 'variants');
    const first = valueTypeOf(value[names[0]!]);
    for (const name of names) {
      this.#name(name, [...path, name]);
      const type = valueTypeOf(value[name]);
      if (type === undefined) {
        this.#wrong(
          [...path, name],
          `is ${describe(value[name])}, and must be a boolean, a number, a string or an object`,
        );
      } else if (first !== undefined && type !== first) {
        this.#wrong([...path, name], `is of type ${type}, but ${JSON.stringify(names[0])} is of type ${first}`);
      }
    }
  }

  #variant(value: unknown, path: Path): void {
    if (typeof value === 'string' && Object.hasOwn(this.#variants, value)) return;
    const known = Object.keys(this.#variants).slice(0, 5).join(', ');
    this.#wrong(path, `is ${describe(value)}, and must name a variant${known === '' ? '' : ` (${known})`}`);
  }

  #rule(value: unknown, path: Path): void {
    const rule = this.#object(value, path, ['when', 'serve', 'by', 'description'], 'a rule');
    if (rule === undefined) return;
    this.#text(rule['description'], [...path, 'description'], 0);
    if (rule['when'] !== undefined) {
      const when = [...path, 'when'];
      this.#list(rule['when'], when, flagLimits.conditionsMax, 'conditions')?.forEach((condition, index) =>
        this.#condition(condition, [...when, index]),
      );
    }
    if (!Array.isArray(rule['serve'])) {
      if (rule['by'] !== undefined) this.#wrong([...path, 'by'], 'has no meaning where serve is one variant');
      return this.#variant(rule['serve'], [...path, 'serve']);
    }
    if (rule['by'] !== undefined) this.#name(rule['by'], [...path, 'by']);
    this.#shares(rule['serve'], [...path, 'serve']);
  }

  #shares(shares: readonly unknown[], path: Path): void {
    if (shares.length === 0) this.#wrong(path, 'must have at least one share');
    this.#count(shares.length, flagLimits.variantsMax, path, 'shares');
    let buckets = 0;
    shares.forEach((value, index) => {
      const at = [...path, index];
      const share = this.#object(value, at, ['variant', 'percent'], 'a share');
      if (share === undefined) return;
      this.#variant(share['variant'], [...at, 'variant']);
      const percent = share['percent'];
      if (typeof percent === 'number' && isPercent(percent)) buckets += bucketsOf(percent);
      else this.#wrong([...at, 'percent'], `is ${describe(percent)}, and must be from 0 to 100 in steps of 0.001`);
    });
    if (buckets > flagLimits.buckets) {
      this.#wrong(path, `adds up to ${(buckets * 100) / flagLimits.buckets} percent, the limit is 100`);
    }
  }

  #condition(value: unknown, path: Path): void {
    const condition = this.#object(value, path, ['attribute', 'not', ...operators], 'a condition');
    if (condition === undefined) return;
    this.#name(condition['attribute'], [...path, 'attribute']);
    this.#switch(condition['not'], [...path, 'not']);
    const used = operators.filter((operator) => condition[operator] !== undefined);
    const [operator] = used;
    if (operator === undefined || used.length > 1) {
      const found = operator === undefined ? 'none' : used.join(' and ');
      return this.#wrong(path, `must have one operator of ${operators.join(', ')}; it has ${found}`);
    }
    this.#operand(operator, condition[operator], [...path, operator]);
  }

  #operand(operator: string, operand: unknown, path: Path): void {
    switch (operator) {
      case 'equals':
        return this.#scalar(operand, path);
      case 'in': {
        const values = this.#list(operand, path, flagLimits.valuesMax, 'values');
        if (values?.length === 0) this.#wrong(path, 'must have at least one value');
        values?.forEach((value, index) => this.#scalar(value, [...path, index]));
        return;
      }
      case 'prefix':
      case 'suffix':
        return this.#text(operand, path, 1);
      case 'semverBelow':
      case 'semverAtLeast':
        if (typeof operand === 'string' && isVersion(operand)) return;
        return this.#wrong(path, `is ${describe(operand)}, and must be a version such as "1.4.2"`);
      default:
        if (!Number.isFinite(operand)) this.#wrong(path, `is ${describe(operand)}, and must be a number`);
    }
  }

  #metadata(value: unknown): void {
    if (value === undefined) return;
    if (!isObject(value)) return this.#wrong(['metadata'], `must be an object, not ${describe(value)}`);
    this.#count(Object.keys(value).length, flagLimits.metadataMax, ['metadata'], 'entries');
    for (const [name, entry] of Object.entries(value)) this.#scalar(entry, ['metadata', name]);
  }

  /** An object without names it does not know; `undefined` when it is none. */
  #object(value: unknown, path: Path, names: readonly string[], what: string): Fields | undefined {
    if (!isObject(value)) {
      this.#wrong(path, `${what} is an object, not ${describe(value)}`);
      return undefined;
    }
    for (const name of Object.keys(value)) {
      if (!names.includes(name)) this.#wrong([...path, name], `${what} has no such field`);
    }
    return value;
  }

  #list(value: unknown, path: Path, max: number, what: string): readonly unknown[] | undefined {
    if (!Array.isArray(value)) {
      this.#wrong(path, `must be a list, not ${describe(value)}`);
      return undefined;
    }
    this.#count(value.length, max, path, what);
    return value.slice(0, max);
  }

  #scalar(value: unknown, path: Path): void {
    if (typeof value === 'string') return this.#text(value, path, 0);
    if (typeof value === 'boolean' || Number.isFinite(value)) return;
    this.#wrong(path, `is ${describe(value)}, and must be a string, a number or a boolean`);
  }

  #text(value: unknown, path: Path, minLength: number): void {
    if (value === undefined) return;
    if (typeof value !== 'string') return this.#wrong(path, `is ${describe(value)}, and must be a string`);
    if (value.length < minLength) this.#wrong(path, 'must not be empty');
    this.#count(value.length, flagLimits.textMaxLength, path, 'characters');
  }

  #name(value: unknown, path: Path): void {
    if (typeof value !== 'string' || value === '')
      return this.#wrong(path, `is ${describe(value)}, and must be a name`);
    this.#count(value.length, flagLimits.nameMaxLength, path, 'characters');
  }

  #switch(value: unknown, path: Path): void {
    if (value === undefined || typeof value === 'boolean') return;
    this.#wrong(path, `is ${describe(value)}, and must be true or false`);
  }

  #count(count: number, max: number, path: Path, what: string): void {
    if (count > max) this.#wrong(path, `has ${count} ${what}, the limit is ${max}`);
  }

  #wrong(path: Path, message: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push({ path, message });
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** From 0 to 100, and a whole number of buckets. */
function isPercent(percent: number): boolean {
  const buckets = (percent * flagLimits.buckets) / 100;
  return percent >= 0 && percent <= 100 && Math.abs(buckets - Math.round(buckets)) < 1e-6;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.length <= 40 ? value : `${value.slice(0, 40)}…`);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

function showPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
