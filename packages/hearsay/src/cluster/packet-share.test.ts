import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PacketShare, type FillPacket } from './packet-share.ts';

const overheadBytes = 3;
const packetBytes = 1_300;

/** A sender that always has messages of this length, and what it has got through. */
class Sender {
  sentBytes: number = 0;
  /** Packets since it last sent something. */
  waited: number = 0;
  longestWait: number = 0;
  readonly #messageBytes: number;

  constructor(messageBytes: number) {
    this.#messageBytes = messageBytes;
  }

  readonly fill: FillPacket = (overhead, limit, out) => {
    let left = limit;
    this.waited += 1;
    while (overhead + this.#messageBytes <= left) {
      out.push(new Uint8Array(this.#messageBytes));
      left -= overhead + this.#messageBytes;
      this.sentBytes += overhead + this.#messageBytes;
      this.waited = 0;
    }
    this.longestWait = Math.max(this.longestWait, this.waited);
  };
}

const messageBytes = fc.integer({ min: 1, max: packetBytes - overheadBytes });

test('of two kinds of message that always wait, both get half of the bytes, and neither waits long', () => {
  fc.assert(
    fc.property(messageBytes, messageBytes, (a, b) => {
      const share = new PacketShare();
      const [first, second] = [new Sender(a), new Sender(b)];
      for (let packet = 0; packet < 200; packet += 1)
        share.fill(first.fill, second.fill, overheadBytes, packetBytes, []);
      // One of them may fill what the other leaves free in its own packets: then it has more, at nobody's cost.
      const least = Math.min(first.sentBytes, second.sentBytes);
      expect(least).toBeGreaterThan((100 * packetBytes) / 3);
      expect(Math.max(first.longestWait, second.longestWait)).toBeLessThanOrEqual(3);
    }),
    { numRuns: 500 },
  );
});

test('the packet is never filled beyond its limit', () => {
  fc.assert(
    fc.property(messageBytes, messageBytes, fc.integer({ min: 0, max: packetBytes }), (a, b, limitBytes) => {
      const share = new PacketShare();
      const [first, second] = [new Sender(a), new Sender(b)];
      for (let packet = 0; packet < 10; packet += 1) {
        const out: Uint8Array[] = [];
        share.fill(first.fill, second.fill, overheadBytes, limitBytes, out);
        const bytes = out.reduce((sum, message) => sum + overheadBytes + message.length, 0);
        expect(bytes).toBeLessThanOrEqual(limitBytes);
      }
    }),
  );
});
