const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += alphabet[group >>> 18]! + alphabet[(group >>> 12) & 63]!;
    text += left > 1 ? alphabet[(group >>> 6) & 63]! : '=';
    text += left > 2 ? alphabet[group & 63]! : '=';
  }
  return text;
}

/** The bytes of `text`, or where it stops being base64. Line ends are passed over, as Go does. */
export function decodeBase64(text: string): Uint8Array | { readonly badAt: number } {
  const bytes: number[] = [];
  let position = 0;
  for (;;) {
    const group: number[] = [];
    while (group.length < 4) {
      position = skipLineEnds(text, position);
      if (position === text.length)
        return group.length === 0 ? Uint8Array.from(bytes) : { badAt: position - group.length };
      const value = alphabet.indexOf(text[position]!);
      if (value < 0) break;
      group.push(value);
      position += 1;
    }
    pushGroup(bytes, group);
    if (group.length === 4) continue;
    const badAt = badPaddingAt(text, position, group.length);
    return badAt === undefined ? Uint8Array.from(bytes) : { badAt };
  }
}

/** One byte fewer than there are digits. */
function pushGroup(bytes: number[], digits: readonly number[]): void {
  const [a = 0, b = 0, c = 0, d = 0] = digits;
  const group = (a << 18) | (b << 12) | (c << 6) | d;
  if (digits.length > 1) bytes.push(group >>> 16);
  if (digits.length > 2) bytes.push((group >>> 8) & 0xff);
  if (digits.length > 3) bytes.push(group & 0xff);
}

/** Whether `text` ends properly with the padding that begins at `position` after `digits` digits; else where not. */
function badPaddingAt(text: string, position: number, digits: number): number | undefined {
  if (text[position] !== '=' || digits < 2) return position;
  let end = skipLineEnds(text, position + 1);
  if (digits === 2) {
    if (end === text.length) return end;
    if (text[end] !== '=') return end - 1;
    end = skipLineEnds(text, end + 1);
  }
  return end === text.length ? undefined : end;
}

function skipLineEnds(text: string, start: number): number {
  let position = start;
  while (text[position] === '\n' || text[position] === '\r') position += 1;
  return position;
}
