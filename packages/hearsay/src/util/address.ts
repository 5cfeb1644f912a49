/** Where packets go and streams lead: an IP literal, never a host name, and a port. */
export interface Address {
  /** IPv4 as dotted quad, IPv6 in its shortest lower-case form without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with IPv6 in square brackets. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
