/**
 * Serf's leave intent, a user message of type 0. A Serf agent shows a member that went as `left` only if it has heard
 * this first; memberlist's own leave message alone it shows as `failed`. (Serf `messages.go`, `handleNodeLeaveIntent`)
 */
export function encodeSerfLeaveIntent(name: string, lamportTime: number): Uint8Array {
  return concat([0x00, 0x83], text('LTime'), [lamportTime], text('Node'), text(name), text('Prune'), [0xc2]);
}

/** Serf's tags as node metadata: byte 255 and a msgpack map. (Serf `serf.go`, `encodeTags`) */
export function encodeSerfTags(tags: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(tags);
  return concat([0xff, 0x80 | entries.length], ...entries.flatMap(([key, value]) => [text(key), text(value)]));
}

/** msgpack's short raw form, for text of up to 31 bytes. */
function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [0xa0 | bytes.length, ...bytes];
}

function concat(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}
