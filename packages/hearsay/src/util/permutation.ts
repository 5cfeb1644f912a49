/**
 * Where `index` lies in the order that `key` stands for: for each key another order of 0 … `count` - 1, computed step by
 * step instead of stored. `key` is any unsigned 32-bit number.
 *
 * A generalized Feistel network over two digits, whose product covers `count` with little to spare (Black and Rogaway,
 * "Ciphers with Arbitrary Finite Domains", 2002): what falls beside it is permuted again until it does not. Even enough for a
 * choice of whom to probe; no secret is safe with it.
 */
export function permuted(index: number, count: number, key: number): number {
  const lowCount = Math.ceil(Math.sqrt(count));
  const highCount = Math.ceil(count / lowCount);
  let at = index;
  do {
    let low = at % lowCount;
    let high = (at - low) / lowCount;
    for (let round = 0; round < ROUNDS; round += 2) {
      low = (low + mixed(high, key, round)) % lowCount;
      high = (high + mixed(low, key, round + 1)) % highCount;
    }
    at = high * lowCount + low;
  } while (at >= count);
  return at;
}

/** Even, so that each digit is changed as often as the other. */
const ROUNDS = 10;

/** The finalizer of MurmurHash3 over a digit, the key and the number of the round. */
function mixed(digit: number, key: number, round: number): number {
  let hash = Math.imul(digit + 1, 0x9e3779b1) ^ (key + Math.imul(round + 1, 0x85ebca77));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
