import type { NodeEntry } from '../wire/index.ts';
import type { Member } from './member.ts';

/**
 * Whether all nodes of a push/pull and all known ones can talk to each other: what each speaks must lie in the range
 * that every live one understands, for the protocol and for the layer above it (memberlist `verifyProtocol`).
 *
 * An entry without six version bytes speaks nothing, so it fails as soon as anybody has a range.
 */
export function versionsAgree(entries: readonly Readonly<NodeEntry>[], members: readonly Member[]): boolean {
  const range = { protocolMin: 0, protocolMax: 255, delegateMin: 0, delegateMax: 255 };
  // Nearly all speak the same, in one array for all of them: what was just looked at need not be again.
  const spoken: (Uint8Array | null)[] = [];
  let [last, lastAlive]: (Uint8Array | null | undefined)[] = [];
  for (const { state, vsn } of entries) {
    if (vsn !== last) spoken.push((last = vsn));
    if (state === 0 && vsn !== lastAlive) narrow(range, (lastAlive = vsn));
  }
  for (const { state, vsn } of members) {
    // A known member that never said its versions must not spoil every exchange there is.
    if (vsn !== last && vsn.length > 0) spoken.push((last = vsn));
    if (state === 'alive' && vsn !== lastAlive) narrow(range, (lastAlive = vsn));
  }
  return spoken.every((vsn) => isWithin(range, vsn));
}

interface Range {
  protocolMin: number;
  protocolMax: number;
  delegateMin: number;
  delegateMax: number;
}

function narrow(range: Range, vsn: Uint8Array | null): void {
  if (vsn === null || vsn.length < 5) return;
  range.protocolMin = Math.max(range.protocolMin, vsn[0]!);
  range.protocolMax = Math.min(range.protocolMax, vsn[1]!);
  range.delegateMin = Math.max(range.delegateMin, vsn[3]!);
  range.delegateMax = Math.min(range.delegateMax, vsn[4]!);
}

function isWithin(range: Range, vsn: Uint8Array | null): boolean {
  const isKnown = vsn !== null && vsn.length >= 6;
  const protocol = isKnown ? vsn[2]! : 0;
  const delegate = isKnown ? vsn[5]! : 0;
  return (
    range.protocolMin <= protocol &&
    protocol <= range.protocolMax &&
    range.delegateMin <= delegate &&
    delegate <= range.delegateMax
  );
}
