import { SerfError } from './serf-error.ts';

/** `key=value` texts as a map; the value may hold further equals signs, or nothing. */
export function readTags(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new SerfError(`Error: Invalid tag: '${text}'`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
