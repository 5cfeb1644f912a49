import type { Address } from '../util/index.ts';
import { InternTable } from './intern.ts';

const addresses = new InternTable<Address>();
/** Address bytes and port, the key of {@link addresses}. */
const key = new Uint8Array(18);

/**
 * Where `addr` and `port` from the wire lead; the same object for the same place. Undefined when nothing can be sent
 * there: port 0, or an address that has neither 4 nor 16 bytes. An IPv4 address in IPv6 form becomes the IPv4 address.
 */
export function toAddress(addr: Uint8Array | null, port: number): Address | undefined {
  if (addr === null || (addr.length !== 4 && addr.length !== 16) || port === 0) return undefined;
  const length = addr.length;
  for (let index = 0; index < length; index += 1) key[index] = addr[index]!;
  key[length] = port >>> 8;
  key[length + 1] = port;
  const entry = addresses.entryOf(key, 0, length + 2);
  return (entry.value ??= Object.freeze({ host: formatAddr(addr), port }));
}

/**
 * An address from the wire as text for people and for sockets: IPv4 as dotted quad, also when it comes in IPv6 form,
 * IPv6 in its shortest form (RFC 5952). As Go prints them: `?` and hex for other lengths, `<nil>` for none.
 */
export function formatAddr(addr: Uint8Array | null): string {
  if (addr === null || addr.length === 0) return '<nil>';
  if (addr.length === 4) return formatIpv4(addr, 0);
  if (addr.length !== 16) return `?${Array.from(addr, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  return isMappedIpv4(addr) ? formatIpv4(addr, 12) : formatIpv6(addr);
}

/**
 * The bytes of an IP literal, 4 for IPv4 (also when written as `::ffff:192.0.2.1`) and 16 for IPv6. Undefined for
 * anything else, zones (`fe80::1%eth0`) included: they mean nothing to another host.
 */
export function parseIp(host: string): Uint8Array | undefined {
  const addr = host.includes(':') ? parseIpv6(host) : parseIpv4(host);
  return addr !== undefined && addr.length === 16 && isMappedIpv4(addr) ? addr.slice(12) : addr;
}

function isMappedIpv4(addr: Uint8Array): boolean {
  for (let index = 0; index < 10; index += 1) if (addr[index] !== 0) return false;
  return addr[10] === 0xff && addr[11] === 0xff;
}

function formatIpv4(addr: Uint8Array, at: number): string {
  return `${addr[at]}.${addr[at + 1]}.${addr[at + 2]}.${addr[at + 3]}`;
}

function formatIpv6(addr: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => (addr[2 * index]! << 8) | addr[2 * index + 1]!);
  const [zerosAt, zerosEnd] = longestZeroRun(groups);
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return zerosEnd - zerosAt < 2 ? text(0, 8) : `${text(0, zerosAt)}::${text(zerosEnd, 8)}`;
}

/** The first of the longest runs of zero groups, as start and end. */
function longestZeroRun(groups: readonly number[]): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let start = 0;
  for (let index = 0; index <= groups.length; index += 1) {
    if (index < groups.length && groups[index] === 0) continue;
    if (index - start > best[1] - best[0]) best = [start, index];
    start = index + 1;
  }
  return best;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const addr = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    addr[index] = Number(part);
  }
  return addr;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // `::` stands for at least one group; without it nothing may be missing.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const addr = new Uint8Array(16);
  addr.set(head);
  addr.set(tail, 16 - tail.length);
  return addr;
}

/** The bytes of groups joined by colons; the last may be a dotted quad when `mayEndInIpv4`. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
      continue;
    }
    const quad = mayEndInIpv4 && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (quad === undefined) return undefined;
    bytes.push(...quad);
  }
  return bytes;
}
