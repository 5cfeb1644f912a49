import { ClusterError, type Address } from '../util/index.ts';
import { parseIp } from '../wire/index.ts';

interface Network {
  readonly addr: Uint8Array;
  readonly prefixBits: number;
}

/** The networks that members may be in (memberlist `Config.CIDRsAllowed`). Alive messages from elsewhere are refused. */
export class AllowedNetworks {
  readonly #networks: readonly Network[];

  /**
   * @param networks - in CIDR notation, such as `10.0.0.0/8` or `fd00::/8`
   * @throws `ClusterError` `ERR_CONFIG` for anything else
   */
  constructor(networks: readonly string[]) {
    this.#networks = networks.map(parseNetwork);
  }

  /** Whether both the address in a message and the place it came from, if known, are inside. */
  allows(addr: Uint8Array | null, from: Address | undefined): boolean {
    if (addr === null || !this.#contains(addr)) return false;
    if (from === undefined) return true;
    const fromAddr = parseIp(from.host);
    return fromAddr !== undefined && this.#contains(fromAddr);
  }

  #contains(addr: Uint8Array): boolean {
    const bytes = withoutMapping(addr);
    return this.#networks.some((network) => network.addr.length === bytes.length && isInside(bytes, network));
  }
}

function parseNetwork(text: string): Network {
  const [host, prefix, ...rest] = text.split('/');
  const addr = parseIp(host ?? '');
  const prefixBits = Number(prefix);
  const isPrefix = prefix !== undefined && /^\d+$/.test(prefix) && addr !== undefined && prefixBits <= addr.length * 8;
  if (addr === undefined || !isPrefix || rest.length > 0) {
    throw new ClusterError('ERR_CONFIG', `allowedNetworks has '${text}', which is no network such as 10.0.0.0/8`);
  }
  return { addr, prefixBits };
}

function isInside(addr: Uint8Array, network: Network): boolean {
  for (let bit = 0; bit < network.prefixBits; bit += 8) {
    const index = bit >> 3;
    const mask = 0xff00 >> Math.min(8, network.prefixBits - bit);
    if (((addr[index]! ^ network.addr[index]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** IPv4 in IPv6 form (::ffff:192.0.2.1) counts as IPv4. */
function withoutMapping(addr: Uint8Array): Uint8Array {
  if (addr.length !== 16 || addr[10] !== 0xff || addr[11] !== 0xff) return addr;
  for (let index = 0; index < 10; index += 1) if (addr[index] !== 0) return addr;
  return addr.subarray(12);
}
