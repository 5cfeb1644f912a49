import { ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { writeCompressed } from '../../packages/hearsay/src/wire/compression.ts';
import { fromHex, loadVectors, toHex } from '../golden/vectors.ts';

/** What the mutator starts from: packets (messages among them) and streams, without duplicates. */
export interface Corpus {
  readonly packets: readonly Uint8Array[];
  readonly streams: readonly Uint8Array[];
}

type Vector = Readonly<Record<string, unknown>>;

/** Longer ones would only make the run slower: what is special about them is their length. */
const maxBytes = 8 * 1024;

/** Everything in the vectors that is, or was, sent by somebody. */
export function loadCorpus(): Corpus {
  const packets = new Set<string>();
  const streams = new Set<string>();
  for (const file of ['messages', 'compound', 'crc', 'labels', 'encryption']) addAll(packets, file, 'hex');
  addAll(packets, 'compress', 'message');
  addAll(packets, 'packets', 'message');
  addAll(packets, 'packets', 'packet');
  for (const file of [
    'trace-old',
    'trace-mixed',
    'trace-encrypted',
    'trace-label-encrypted',
    'trace-ipv6',
    'third-party',
  ]) {
    addAll(packets, file, 'hex', ({ ev }) => ev === 'packet-in' || ev === 'packet-out');
    addAll(streams, file, 'hex', ({ ev }) => ev === 'stream-in' || ev === 'stream-out');
  }
  addAll(packets, 'malformed', 'hex', ({ channel }) => channel === 'udp');
  addAll(streams, 'malformed', 'hex', ({ channel }) => channel === 'tcp');
  addAll(streams, 'streams', 'initiator_sends');
  addAll(streams, 'streams', 'responder_sends');
  // Bodies of messages, most of them of alive.
  for (const { hex } of loadVectors<{ readonly hex: string }>('msgpack-decoder')) packets.add(`04${hex}`);
  for (const bytes of extremes()) {
    packets.add(toHex(bytes));
    streams.add(toHex(bytes));
  }
  return { packets: [...packets].map(fromHex), streams: [...streams].map(fromHex) };
}

function addAll(
  into: Set<string>,
  file: string,
  field: string,
  wanted: (vector: Vector) => boolean = () => true,
): void {
  for (const vector of loadVectors<Vector>(file)) {
    const hex = vector[field];
    if (typeof hex === 'string' && hex !== '' && hex.length <= 2 * maxBytes && wanted(vector)) into.add(hex);
  }
}

/** What no correct sender writes, at the bounds: bombs, compounds of compounds, and deep values. */
function extremes(): Uint8Array[] {
  const compound = (part: Uint8Array, count: number): Uint8Array => {
    const lengths = Array.from({ length: count }, () => [part.length >>> 8, part.length & 0xff]).flat();
    return Buffer.concat([Buffer.of(7, count, ...lengths), ...Array.from({ length: count }, () => part)]);
  };
  const compressed = (content: Uint8Array): Uint8Array => {
    const writer = new ByteWriter();
    writeCompressed(writer, content);
    return writer.copy();
  };
  const user = Buffer.of(8, 1);
  const halfMebibyte = compressed(new Uint8Array(512 * 1024).fill(8));
  return [
    halfMebibyte,
    compressed(new Uint8Array(1024 * 1024 + 1).fill(8)),
    compound(halfMebibyte, 3),
    compressed(compound(compound(user, 255), 255)),
    compressed(compressed(compound(compressed(user), 3))),
    Buffer.concat([Buffer.from('0481a178', 'hex'), Buffer.alloc(2_000, 0x91)]),
    Buffer.from('0683a44a6f696ec3a54e6f646573ce00100001ac5573657253746174654c656e00', 'hex'),
    Buffer.from('0a01400001', 'hex'),
  ];
}
