/** `--name value` and `--flag` arguments of the benchmarks, each with its default. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Numbers and lists come as text in the defaults too; a `false` default makes a flag. `--help` prints what stands at the
 * head of the script, and ends it.
 * @template {Record<string, string | boolean>} Defaults
 * @param {Defaults} defaults
 * @returns {Defaults}
 */
export function readArguments(defaults) {
  const options = { help: { type: 'boolean', default: false } };
  for (const [name, value] of Object.entries(defaults)) {
    options[name] = { type: typeof value === 'boolean' ? 'boolean' : 'string', default: value };
  }
  const { help, ...values } = parse(options);
  if (help) {
    console.log(head());
    process.exit();
  }
  return /** @type {Defaults} */ (values);
}

/** `10,50,100` as numbers. @param {string} text */
export function numberList(text) {
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => !Number.isInteger(number) || number < 1)) fail(`not a list of counts: ${text}`);
  return numbers;
}

/** Ends the script with a line on standard error. @param {string} message @returns {never} */
export function fail(message) {
  console.error(`${basename(process.argv[1])}: ${message}`);
  process.exit(1);
}

function parse(options) {
  try {
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    return fail(`${error.message.split('. ')[0]} (see --help)`);
  }
}

/** The comment that the script begins with. */
function head() {
  const comment = /^\/\*\*(.*?)\*\//s.exec(readFileSync(process.argv[1], 'utf8'));
  return (comment?.[1] ?? '').replaceAll(/^ \* ?/gm, '').trim();
}
