import type { Address } from '../util/index.ts';
import { toAddress } from '../wire/index.ts';

/**
 * Where the answer to a query goes. What a query names is not to be trusted: anything but one host, an address of
 * neither 4 nor 16 bytes, and port 0 are refused.
 */
export function toAnswerAddress(addr: Uint8Array | null, port: number): Address | undefined {
  const address = toAddress(addr, port);
  if (addr === null || address === undefined) return undefined;
  // IPv4 in IPv6 form comes out as IPv4.
  return (address.host.includes(':') ? isUnicastIpv6(addr) : isUnicastIpv4(addr.subarray(-4))) ? address : undefined;
}

/** Not `0.0.0.0/8`, which means "here", nor what lies above 223: multicast, reserved, broadcast. */
function isUnicastIpv4(addr: Uint8Array): boolean {
  return addr[0]! > 0 && addr[0]! < 224;
}

/** Neither `::` nor multicast. */
function isUnicastIpv6(addr: Uint8Array): boolean {
  return addr[0] !== 0xff && addr.some((byte) => byte !== 0);
}
