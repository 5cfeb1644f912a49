import type { Address } from '../util/index.ts';
import type { Suspicion } from './suspicion.ts';

/** What this node believes of a member. `left` is a member that said goodbye, `dead` one that did not. */
export type MemberState = 'alive' | 'suspect' | 'dead' | 'left';

/** The six numbers that a member advertises: the protocols it speaks, and those of the layer above membership. */
export interface MemberVersions {
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly protocolCurrent: number;
  readonly delegateMin: number;
  readonly delegateMax: number;
  readonly delegateCurrent: number;
}

/** A member as it was when it was looked at. Shown to users; nothing changes it later. */
export interface MemberView {
  readonly name: string;
  /** Where it can be reached; undefined when `addr` and `port` are nothing that can be contacted. */
  readonly address: Address | undefined;
  /** The address as it came on the wire: 4 or 16 bytes from a correct member. */
  readonly addr: Uint8Array;
  readonly port: number;
  /** What the member says of itself, at most 512 bytes; empty when it says nothing. */
  readonly meta: Uint8Array;
  readonly state: MemberState;
  /** The counter that only the member itself raises. */
  readonly incarnation: number;
  readonly versions: MemberVersions;
}

const nothing = new Uint8Array(0);

/**
 * What this node knows of one member. Small on purpose: 5,000 simulated nodes hold 25 million of these in one process.
 * Its strings and byte arrays come from the wire's shared caches and are never written to.
 */
export class Member {
  readonly name: string;
  /** As on the wire, and compared byte by byte: 4 and 16 bytes of one address differ. */
  addr: Uint8Array = nothing;
  port: number = 0;
  /** Undefined when `addr` and `port` are nothing that can be contacted. */
  address: Address | undefined = undefined;
  /** Null and empty are the same to everyone but the encoder. */
  meta: Uint8Array | null = null;
  /** Six version numbers (see {@link MemberVersions}); shorter when the member never said. */
  vsn: Uint8Array = nothing;
  incarnation: number = 0;
  /** Written by `MemberList` alone, which counts members by state. */
  state: MemberState = 'dead';
  /** When {@link state} last changed; -Infinity until it is alive here. Written by `MemberList` alone. */
  stateChangedAtMs: number = -Infinity;
  /** Set while the member is suspect, and only then. */
  suspicion: Suspicion | undefined = undefined;
  /** Place in its list, -1 while the member is in none. Written by `MemberList` alone. */
  listIndex: number = -1;

  /** A member not yet heard of: dead since ever, with incarnation 0, so that any alive message is news. */
  constructor(name: string) {
    this.name = name;
  }

  get isDeadOrLeft(): boolean {
    return this.state === 'dead' || this.state === 'left';
  }
}

/** What is said of a member, wherever it is kept. */
type SaidOfMember = Pick<Member, 'name' | 'addr' | 'port' | 'address' | 'meta' | 'vsn' | 'incarnation' | 'state'>;

/** A record that says the same, in no list. */
export function recordOf(said: SaidOfMember): Member {
  const record = new Member(said.name);
  record.addr = said.addr;
  record.port = said.port;
  record.address = said.address;
  record.meta = said.meta;
  record.vsn = said.vsn;
  record.incarnation = said.incarnation;
  record.state = said.state;
  return record;
}

/** Another record that says the same, and has the same place. */
export function copyOf(member: Member): Member {
  const copy = recordOf(member);
  copy.stateChangedAtMs = member.stateChangedAtMs;
  copy.suspicion = member.suspicion;
  copy.listIndex = member.listIndex;
  return copy;
}

/** The highest protocol version that `member` understands, 0 when it never said. */
export function protocolMax(member: Member): number {
  return member.vsn[1] ?? 0;
}

/** A snapshot of `member` for the user. */
export function toView(member: Member): MemberView {
  return {
    name: member.name,
    address: member.address,
    addr: member.addr,
    port: member.port,
    meta: member.meta ?? nothing,
    state: member.state,
    incarnation: member.incarnation,
    versions: toVersions(member.vsn),
  };
}

/** A record that says what `view` shows, in no list. */
export function fromView(view: MemberView): Member {
  return recordOf({ ...view, vsn: toVsn(view.versions) });
}

/** The six numbers by name; those that the member never said are 0. */
export function toVersions(vsn: Uint8Array): MemberVersions {
  return {
    protocolMin: vsn[0] ?? 0,
    protocolMax: vsn[1] ?? 0,
    protocolCurrent: vsn[2] ?? 0,
    delegateMin: vsn[3] ?? 0,
    delegateMax: vsn[4] ?? 0,
    delegateCurrent: vsn[5] ?? 0,
  };
}

/** The same numbers as they travel. */
export function toVsn(versions: MemberVersions): Uint8Array {
  const { protocolMin, protocolMax: max, protocolCurrent, delegateMin, delegateMax, delegateCurrent } = versions;
  return Uint8Array.of(protocolMin, max, protocolCurrent, delegateMin, delegateMax, delegateCurrent);
}
