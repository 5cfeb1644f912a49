import type { JsonFlag } from './action.ts';
import { SerfError } from './serf-error.ts';

/** How a command shows its result: for people, as `serf -format=json` does, or as our own document. */
export type OutputFormat = 'text' | 'serf-json' | 'document';

/** Reads `-format` and `--json`, which wins. `complain` gives the words for a format that there is not. */
export function outputFormat(
  { format, json }: JsonFlag & { readonly format: string },
  complain: (format: string) => string = (wrong) => `Encoding error: Invalid output format "${wrong}"`,
): OutputFormat {
  if (json === true) return 'document';
  if (format === 'text') return 'text';
  if (format === 'json') return 'serf-json';
  throw new SerfError(complain(format));
}
