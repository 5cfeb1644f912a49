/**
 * A JSON document as Go's encoder indents it, with a newline: the keys of maps in order, and the characters that HTML
 * would mind escaped. For `-format=json`, which scripts compare with that of `serf`.
 */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

/** `map` with its keys in order: Go's encoder sorts those of a map, not those of a struct. */
export function sortedKeys<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).toSorted(byKey));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
