/** How a rumor is named among the members that trace it. The bytes of the rumor itself know nothing of it. */
export type RumorKey = string;

/** Names a user event: its Lamport time, and a hash of name and payload, for two may have the same time. */
export function eventKey(ltime: number, name: string, payload: Uint8Array | null): RumorKey {
  let hash = fnvOffset;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), fnvPrime);
  hash = Math.imul(hash ^ 0x100, fnvPrime);
  if (payload !== null) {
    for (let index = 0; index < payload.length; index += 1) hash = Math.imul(hash ^ payload[index]!, fnvPrime);
  }
  return `e${ltime}.${(hash >>> 0).toString(36)}`;
}

/** Names a write to the shared map: its stream, and its version there. */
export function writeKey({ stream, version }: { readonly stream: string; readonly version: number }): RumorKey {
  return `k${stream}.${version}`;
}

/** FNV-1a, 32 bits. */
const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;
