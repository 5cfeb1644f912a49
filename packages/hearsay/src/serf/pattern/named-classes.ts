// Classes that have a name: Perl's, POSIX's, and Unicode's properties. Perl's and POSIX's know ASCII only, as in RE2.

/** First and last code point of each range of characters. */
type Ranges = readonly number[];

const digits = rangesOf('09');
const wordCharacters = rangesOf('09AZ__az');

/** By the lower case letter after the backslash. */
export const perlClasses: ReadonlyMap<string, Ranges> = new Map([
  ['d', digits],
  ['s', rangesOf('\t\n\f\r  ')],
  ['w', wordCharacters],
]);

/** By the name between `[:` and `:]`. */
export const posixClasses: ReadonlyMap<string, Ranges> = new Map([
  ['alnum', rangesOf('09AZaz')],
  ['alpha', rangesOf('AZaz')],
  ['ascii', [0, 0x7f]],
  ['blank', rangesOf('\t\t  ')],
  ['cntrl', [0, 0x1f, 0x7f, 0x7f]],
  ['digit', digits],
  ['graph', rangesOf('!~')],
  ['lower', rangesOf('az')],
  ['print', rangesOf(' ~')],
  ['punct', rangesOf('!/:@[`{~')],
  ['space', rangesOf('\t\r  ')],
  ['upper', rangesOf('AZ')],
  ['word', wordCharacters],
  ['xdigit', rangesOf('09AFaf')],
]);

/** Each pair of characters is a range. */
function rangesOf(pairs: string): Ranges {
  return Array.from(pairs, (letter) => letter.charCodeAt(0));
}

const categories = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;
const properties = new Map<string, RegExp>([['Any', /[^]/u]]);

/**
 * What a single character with the Unicode property matches: a category by its short name, or a script by its long
 * one. Undefined for a name that is neither. `C` has the unassigned code points, as in Go since 1.25.
 */
export function unicodeProperty(name: string): RegExp | undefined {
  const known = properties.get(name);
  if (known !== undefined) return known;
  const expression = categories.test(name) ? new RegExp(`\\p{${name}}`, 'u') : scriptExpression(name);
  // Only names that exist are kept, so there can be no more than Unicode has.
  if (expression !== undefined) properties.set(name, expression);
  return expression;
}

function scriptExpression(name: string): RegExp | undefined {
  if (!/^[A-Z][A-Za-z_]{1,40}$/.test(name)) return undefined;
  try {
    return new RegExp(`\\p{Script=${name}}`, 'u');
  } catch {
    // The engine has the list of scripts and no other way to ask for it.
    return undefined;
  }
}
