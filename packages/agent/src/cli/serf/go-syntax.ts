/** `text` as a Go string literal, as `%q` prints it. */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const character of text) quoted += quotedCharacter(character);
  return `${quoted}"`;
}

/** Bytes as Go's `%#v` prints them; nested ones go by the name of their type. */
export function goBytes(bytes: Uint8Array, type: '[]byte' | '[]uint8'): string {
  return `${type}{${Array.from(bytes, (byte) => `0x${byte.toString(16)}`).join(', ')}}`;
}

/**
 * An unsigned integer as `serf monitor` prints one it got over RPC: what fits the one-byte form of msgpack is decoded
 * as a signed number, everything else as an unsigned one, and Go prints those in hex.
 */
export function goInteger(value: number): string {
  return value < 128 ? String(value) : `0x${value.toString(16)}`;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quotedCharacter(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
