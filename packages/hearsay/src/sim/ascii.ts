/** The bytes of a text of ASCII only, which is all that runs need. */
export function toBytes(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}
