import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** An address as a setting says it, taken apart. `host` may be a name, or empty for all addresses. */
export type SplitAddress =
  | { readonly ok: true; readonly host: string; readonly port: number }
  /** `problem` is Go's text for it. */
  | { readonly ok: false; readonly problem: string };

/** The port of Serf's gossip when none is said. */
const defaultPort = 7946;

/**
 * `host`, `host:port`, `[v6]` or `[v6]:port`; a port is a number here, while Go also takes the names of
 * `/etc/services` (Go `net.SplitHostPort`, Serf `Config.AddrParts`).
 */
export function splitAddress(text: string, portWhenNone: number = defaultPort): SplitAddress {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text);
  if (match === null) {
    const tooMany = text.split(':').length > 2;
    const problem = tooMany && !text.includes('[') ? 'too many colons in address' : 'misplaced brackets or colons';
    return { ok: false, problem: `address ${text}: ${problem}` };
  }
  const [, bracketed, plain, portText] = match;
  const host = bracketed ?? plain!;
  if (portText === undefined) return { ok: true, host, port: portWhenNone };
  const port = /^\d{0,5}$/.test(portText) ? Number(portText) : NaN;
  return port <= 65_535 ? { ok: true, host, port } : { ok: false, problem: `address ${portText}: invalid port` };
}

/** Where to listen on an interface, or Serf's text for why that cannot be. */
export type InterfaceChoice =
  { readonly ok: true; readonly host: string } | { readonly ok: false; readonly problem: string };

/**
 * The address of the interface `name` to listen on: `host` itself if it says more than all addresses, else the first
 * one that is not link-local (Serf `Command.setupAgent`).
 */
export function chooseOnInterface(
  name: string,
  host: string,
  interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>,
): InterfaceChoice {
  const addresses = Object.hasOwn(interfaces, name) ? interfaces[name] : undefined;
  if (addresses === undefined) {
    return { ok: false, problem: 'Invalid network interface: route ip+net: no such network interface' };
  }
  if (host !== '' && host !== '0.0.0.0') {
    if (addresses.some(({ address }) => address === host)) return { ok: true, host };
    return { ok: false, problem: `Interface '${name}' has no '${host}' address` };
  }
  const usable = addresses.find(({ address }) => !isLinkLocal(address));
  if (usable !== undefined) return { ok: true, host: usable.address };
  return { ok: false, problem: `Failed to find usable address for interface '${name}'` };
}

function isLinkLocal(address: string): boolean {
  return isIP(address) === 4 ? address.startsWith('169.254.') : /^fe[89ab]/i.test(address);
}
