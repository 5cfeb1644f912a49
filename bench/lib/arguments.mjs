/** `--name value` and `--flag` arguments of the benchmarks, each with its default. */
import { parseArgs } from 'node:util';

/**
 * Numbers and lists come as text in the defaults too; a `false` default makes a flag.
 * @template {Record<string, string | boolean>} Defaults
 * @param {Defaults} defaults
 * @returns {Defaults}
 */
export function readArguments(defaults) {
  const options = {};
  for (const [name, value] of Object.entries(defaults)) {
    options[name] = { type: typeof value === 'boolean' ? 'boolean' : 'string', default: value };
  }
  return /** @type {Defaults} */ (parseArgs({ options, strict: true }).values);
}

/** `10,50,100` as numbers. @param {string} text */
export function numberList(text) {
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => !Number.isInteger(number) || number < 1))
    throw new Error(`not a list of counts: ${text}`);
  return numbers;
}
