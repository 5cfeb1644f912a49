import { randomInt, type Rng } from '../../packages/hearsay/src/util/index.ts';

/** Lengths, counts and type bytes at which something changes. */
const telling = [
  0, 1, 2, 6, 7, 8, 9, 10, 12, 0x0f, 0x10, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc6,
];
const tellingToo = [0xca, 0xcc, 0xcf, 0xd3, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xf4, 0xff];
const tellingBytes = [...telling, ...tellingToo];

const outputMaxBytes = 16 * 1024;

/** Changes bytes in one to eight ways. Never changes `source`; every run with the same `rng` gives the same bytes. */
export function mutate(rng: Rng, source: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(source);
  const changes = 1 + randomInt(rng, 1 + randomInt(rng, 8));
  for (let change = 0; change < changes; change += 1) bytes = mutateOnce(rng, bytes, others);
  return bytes.subarray(0, outputMaxBytes);
}

function mutateOnce(rng: Rng, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = randomInt(rng, bytes.length + 1);
  const length = randomInt(rng, Math.min(bytes.length - at, 64) + 1);
  switch (randomInt(rng, 10)) {
    case 0: // flip a bit
      if (at < bytes.length) bytes[at]! ^= 1 << randomInt(rng, 8);
      return bytes;
    case 1: // any byte
      if (at < bytes.length) bytes[at] = randomInt(rng, 256);
      return bytes;
    case 2: // a byte that means something
    case 3:
      if (at < bytes.length) bytes[at] = tellingBytes[randomInt(rng, tellingBytes.length)]!;
      return bytes;
    case 4: // a length or count off by a little
      if (at < bytes.length) bytes[at]! += randomInt(rng, 9) - 4;
      return bytes;
    case 5: // cut the end
      return bytes.subarray(0, at);
    case 6: // cut something out
      return spliced(bytes, at, length, new Uint8Array(0));
    case 7: // put something in
      return spliced(
        bytes,
        at,
        0,
        Uint8Array.from({ length: 1 + randomInt(rng, 8) }, () => randomInt(rng, 256)),
      );
    case 8: // say something twice, or many times
      return spliced(
        bytes,
        at,
        0,
        repeated(bytes.subarray(at, at + length), 1 + randomInt(rng, 1 + randomInt(rng, 40))),
      );
    default: {
      // go on as another one does
      const other = others[randomInt(rng, others.length)]!;
      return spliced(bytes, at, bytes.length - at, other.subarray(randomInt(rng, other.length)));
    }
  }
}

function spliced(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]));
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: times }, () => bytes));
}
