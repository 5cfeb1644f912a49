/** A key out of its base64 text. No message repeats the key. */
export type DecodedKey =
  { readonly ok: true; readonly key: Uint8Array } | { readonly ok: false; readonly problem: string };

const keyLengthsBytes: readonly number[] = [16, 24, 32];

/** Base64 with its padding, of 16, 24 or 32 bytes, as `hearsay keygen` prints it. Problems are told as Serf tells them. */
export function decodeKey(text: string): DecodedKey {
  const decoded = decodeKeyOfAnyLength(text);
  if (!decoded.ok || keyLengthsBytes.includes(decoded.key.length)) return decoded;
  return { ok: false, problem: `key size must be 16, 24 or 32 bytes (it is ${decoded.key.length})` };
}

/** The same for one whose length others judge. */
export function decodeKeyOfAnyLength(text: string): DecodedKey {
  const wrong = firstWrongBase64(text);
  if (wrong !== undefined) return { ok: false, problem: `illegal base64 data at input byte ${wrong}` };
  return { ok: true, key: new Uint8Array(Buffer.from(text, 'base64')) };
}

/** Where Go's decoder gives up: at the first wrong letter, or at the start of the last, incomplete four. */
function firstWrongBase64(text: string): number | undefined {
  const good = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(text)![0].length;
  if (good === text.length) return undefined;
  const bad = text.slice(good).search(/[^A-Za-z0-9+/]/);
  return bad < 0 ? good : good + bad;
}
