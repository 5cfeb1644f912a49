import { formatAddress, type SerfMember } from 'hearsay';

/** A member's address without its port, as Serf shows it. */
export function hostOf({ address }: Pick<SerfMember, 'address'>): string {
  return address?.host ?? 'unknown';
}

/** With the port: two members of one name may well be on one machine. */
export function addressOf({ address }: Pick<SerfMember, 'address'>): string {
  return address === undefined ? 'unknown' : formatAddress(address);
}
