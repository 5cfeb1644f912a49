import type { ByteWriter } from '../util/index.ts';

/**
 * Text on the wire is a byte string that nothing validates, and names are identities: two different byte strings must
 * never become the same string. So a byte that is not part of well-formed UTF-8 becomes the lone surrogate U+DC80 to
 * U+DCFF (0xDC00 plus the byte, the scheme of Python's PEP 383), which well-formed UTF-8 can never yield, and is
 * written back as that byte. Any other lone surrogate, which can only come from the caller, is written as U+FFFD.
 */
const ESCAPE_BASE = 0xdc00;

/** The text of `bytes`. Never fails; {@link writeUtf8} of the result yields the same bytes. */
export function decodeUtf8(bytes: Uint8Array, start: number = 0, end: number = bytes.length): string {
  // Node names are short. Building by concatenation beats collecting the codes in an array.
  let text = '';
  let position = start;
  while (position < end) {
    const lead = bytes[position]!;
    const length = sequenceLength(bytes, position, end);
    if (length <= 1) {
      text += String.fromCharCode(length === 1 ? lead : ESCAPE_BASE + lead);
      position += 1;
      continue;
    }
    let codePoint = lead & (0xff >>> (length + 1));
    for (let index = 1; index < length; index += 1) codePoint = (codePoint << 6) | (bytes[position + index]! & 0x3f);
    text += String.fromCodePoint(codePoint);
    position += length;
  }
  return text;
}

/** Length of the well-formed sequence at `position`, 0 when there is none (Unicode 16, table 3-7). */
function sequenceLength(bytes: Uint8Array, position: number, end: number): number {
  const lead = bytes[position]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (position + length > end) return 0;
  const second = bytes[position + 1]!;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let index = 2; index < length; index += 1) {
    if ((bytes[position + index]! & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** How many bytes {@link writeUtf8} writes for `text`. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) {
      length += 1;
      continue;
    }
    const codePoint = text.codePointAt(index)!;
    if (codePoint > 0xffff) index += 1;
    length += isEscape(codePoint) ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return length;
}

/** Writes `text` as UTF-8, escaped bytes as themselves. `length` is its {@link utf8Length}. */
export function writeUtf8(writer: ByteWriter, text: string, length: number = utf8Length(text)): void {
  if (length === text.length) return writeNarrow(writer, text);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) {
      writer.u8(code);
      continue;
    }
    const codePoint = text.codePointAt(index)!;
    if (codePoint > 0xffff) index += 1;
    writeCodePoint(writer, codePoint);
  }
}

/** ASCII and escaped bytes: each code unit ends in the byte that it stands for. */
function writeNarrow(writer: ByteWriter, text: string): void {
  const { length } = text;
  const bytes = writer.reserve(length);
  const start = writer.length;
  for (let index = 0; index < length; index += 1) bytes[start + index] = text.charCodeAt(index);
  writer.advance(length);
}

function writeCodePoint(writer: ByteWriter, codePoint: number): void {
  if (isEscape(codePoint)) {
    writer.u8(codePoint - ESCAPE_BASE);
  } else if (codePoint < 0x800) {
    writer.u8(0xc0 | (codePoint >>> 6));
    writer.u8(0x80 | (codePoint & 0x3f));
  } else if (codePoint < 0x10000) {
    const written = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
    writer.u8(0xe0 | (written >>> 12));
    writer.u8(0x80 | ((written >>> 6) & 0x3f));
    writer.u8(0x80 | (written & 0x3f));
  } else {
    writer.u8(0xf0 | (codePoint >>> 18));
    writer.u8(0x80 | ((codePoint >>> 12) & 0x3f));
    writer.u8(0x80 | ((codePoint >>> 6) & 0x3f));
    writer.u8(0x80 | (codePoint & 0x3f));
  }
}

function isEscape(codePoint: number): boolean {
  return codePoint >= ESCAPE_BASE + 0x80 && codePoint <= ESCAPE_BASE + 0xff;
}
