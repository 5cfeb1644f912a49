/** Where packets go and streams lead: an IP literal, never a host name, and a port. */
export interface Address {
  /** IPv4 as dotted quad, IPv6 in its shortest lower-case form without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Whether both are there, and lead to the same place. */
export function isSameAddress(a: Address | undefined, b: Address | undefined): boolean {
  return a !== undefined && b !== undefined && a.host === b.host && a.port === b.port;
}

/** `host:port`, with IPv6 in square brackets. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
