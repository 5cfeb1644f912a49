import { ClusterError } from './cluster-error.ts';

/** The names of the options in `Config` that hold a `Value`. */
export type OptionOf<Config, Value> = {
  [Name in keyof Config]: Config[Name] extends Value ? Name : never;
}[keyof Config];

/** What a number may be, both ends included. Counts are whole numbers, times may have fractions. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isCount?: true;
}

/** @throws `ClusterError` `ERR_CONFIG` with `message` unless `condition` holds */
export function insistOnConfig(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ClusterError('ERR_CONFIG', message);
}

/**
 * A misspelt option would otherwise silently keep its default.
 *
 * @throws `ClusterError` `ERR_CONFIG` for an option of `config` that `known` does not have; `kind` names the type
 */
export function checkOptionNames(config: object, known: object, kind: string): void {
  for (const name of Object.keys(config)) {
    insistOnConfig(Object.hasOwn(known, name), `${name} is no option of ${kind}`);
  }
}

/** @throws `ClusterError` `ERR_CONFIG` for an option that is no number, or not within its range */
export function checkNumbers<Config extends object>(
  config: Config,
  ranges: Readonly<Record<OptionOf<Config, number>, NumberRange>>,
): void {
  for (const [name, { min, max, isCount }] of Object.entries<NumberRange>(ranges)) {
    const value: unknown = config[name as keyof Config];
    const isNumber = typeof value === 'number' && (isCount !== true || Number.isInteger(value));
    insistOnConfig(isNumber, `${name} is ${String(value)}, it must be a ${isCount === true ? 'whole ' : ''}number`);
    insistOnConfig(value >= min && value <= max, `${name} is ${value}, it must be from ${min} to ${max}`);
  }
}

/** @throws `ClusterError` `ERR_CONFIG` for an option that is neither true nor false */
export function checkSwitches<Config extends object>(
  config: Config,
  names: readonly OptionOf<Config, boolean>[],
): void {
  for (const name of names) {
    const value: unknown = config[name];
    const isSwitch = typeof value === 'boolean';
    insistOnConfig(isSwitch, `${String(name)} is ${String(value)}, it must be true or false`);
  }
}
