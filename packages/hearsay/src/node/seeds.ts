import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ClusterError, formatAddress, type Address } from '../util/index.ts';
import { formatAddr, parseIp } from '../wire/index.ts';

/** The port when none is said. memberlist `DefaultLANConfig().BindPort`. */
export const defaultPort = 7946;

/** Turns a host name into IP literals. The default asks the system's resolver, so `/etc/hosts` counts. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** A place to join: `[name/]host[:port]`, taken apart. */
export interface Seed {
  /** As it was written; for logs and failures. */
  readonly text: string;
  /** The member expected there; undefined when the text does not say. */
  readonly name: string | undefined;
  /** An IP literal or a host name. */
  readonly host: string;
  readonly port: number;
}

/** What became of a list of seeds. */
export interface ResolvedSeeds {
  /** Without repetitions, in the order of the seeds. */
  readonly addresses: readonly Address[];
  readonly failures: readonly { readonly address: string; readonly reason: string }[];
}

/** The system's resolver, all addresses of a name, in its order. */
export const systemLookup: Lookup = async (host) => {
  const found = await dnsLookup(host, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
};

/**
 * `[name/]host[:port]` (memberlist `Memberlist.resolveAddr`).
 *
 * @throws {@link ClusterError} `ERR_ADDRESS` when the name before the slash or the host is empty, or the port is not one
 */
export function parseSeed(text: string, portWhenNone: number = defaultPort): Seed {
  const slash = text.indexOf('/');
  if (slash === 0) throw new ClusterError('ERR_ADDRESS', `"${text}" has an empty node name before the slash`);
  const { host, port } = splitHostPort(text.slice(slash + 1), String(portWhenNone));
  if (host === '') throw new ClusterError('ERR_ADDRESS', `"${text}" has no host`);
  return { text, name: slash > 0 ? text.slice(0, slash) : undefined, host, port: parsePort(port, text) };
}

/** `host:port`, both as text. A port is recognised the way memberlist does it (`util.go`, `hasPort` and `ensurePort`). */
export function splitHostPort(text: string, portWhenNone: string): { readonly host: string; readonly port: string } {
  if (!hasPort(text)) return { host: withoutBrackets(text), port: portWhenNone };
  const colon = text.lastIndexOf(':');
  return { host: withoutBrackets(text.slice(0, colon)), port: text.slice(colon + 1) };
}

/** In brackets: whether a colon follows the last bracket. Else: whether there is exactly one colon. */
export function hasPort(text: string): boolean {
  const lastColon = text.lastIndexOf(':');
  if (text.startsWith('[')) return lastColon > text.lastIndexOf(']');
  return lastColon >= 0 && text.indexOf(':') === lastColon;
}

/**
 * Looks every seed up anew: nothing is remembered from the last time, so a name whose addresses have all changed is
 * found again. Names are looked up side by side; one that fails does not hinder the others.
 */
export async function resolveSeeds(seeds: readonly Seed[], lookup: Lookup): Promise<ResolvedSeeds> {
  const outcomes = await Promise.allSettled(seeds.map((seed) => resolveHost(seed.host, lookup)));
  const addresses = new Map<string, Address>();
  const failures: { address: string; reason: string }[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const seed = seeds[index]!;
    if (outcome.status === 'rejected') {
      failures.push({ address: seed.text, reason: reasonOf(outcome.reason) });
      continue;
    }
    for (const host of outcome.value) {
      const address: Address = { host, port: seed.port };
      addresses.set(formatAddress(address), address);
    }
  }
  return { addresses: [...addresses.values()], failures };
}

/**
 * The first address of a place that has to be there, because `option` says so.
 *
 * @throws {@link ClusterError} `ERR_ADDRESS` when its host name cannot be resolved
 */
export async function resolveFirst(option: string, place: Seed, lookup: Lookup): Promise<string> {
  try {
    const [literal] = await resolveHost(place.host, lookup);
    if (literal !== undefined) return literal;
  } catch (cause) {
    const reason = reasonOf(cause);
    const message = `${option} is "${place.text}", which cannot be resolved: ${reason}. Correct the name, or give an address`;
    throw new ClusterError('ERR_ADDRESS', message, { cause });
  }
  throw new ClusterError('ERR_ADDRESS', `${option} is "${place.text}", which resolves to no address`);
}

/** The IP literals behind `host`; itself when it is one. */
async function resolveHost(host: string, lookup: Lookup): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [canonicalHost(host)];
  const found = await lookup(host);
  return found.filter((literal) => isIP(literal) !== 0).map(canonicalHost);
}

/** IPv4 mapped into IPv6 as dotted quad, IPv6 in its shortest lower-case form: the form an {@link Address} has. */
export function canonicalHost(literal: string): string {
  const addr = parseIp(literal);
  return addr === undefined ? literal : formatAddr(addr);
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function parsePort(text: string, whole: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new ClusterError('ERR_ADDRESS', `"${whole}" has port "${text}", which is not a number from 0 to 65535`);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? `${error.message} (${String(error.code)})` : error.message;
  return String(error);
}
