import { expect, test } from 'vitest';
import { ByteWriter, randomInt, SeededRng, StepClock, TimerQueue } from '../../util/index.ts';
import { encodeAlive, encodeDead, encodeIndirectPing, encodePing, encodeSuspect, parseIp } from '../../wire/index.ts';
import { swimPresets } from '../config.ts';
import { silentDelegate } from '../delegate.ts';
import { Keyring } from '../keyring.ts';
import { Swim } from '../swim.ts';
import { evidenceLimits } from './limits.ts';
import { swimRuleSets } from '../rules.ts';

const from = { host: '192.0.2.66', port: 7_946 };
const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
const kinds = ['confirmation', 'conflict', 'probe', 'relay', 'transition'];

/** A node alone among enemies: each packet is of the kind, and about the member, that chance says. */
class Besieged {
  readonly #clock: StepClock = new StepClock();
  readonly #timers: TimerQueue = new TimerQueue();
  readonly #rng: SeededRng = new SeededRng(7);
  readonly swim: Swim;

  constructor(evidence: boolean) {
    const env = {
      clock: this.#clock,
      timers: this.#timers,
      rng: this.#rng,
      aead: undefined,
      fillRandom: () => {},
      trace: undefined,
    };
    const identity = { name: 'self', addr: parseIp('192.0.2.1')!, port: 7_946, bindPort: 7_946, vsn };
    const rest = {
      evidence,
      keyring: new Keyring(),
      rules: swimRuleSets.sharp,
      seeds: [],
      allowedNetworks: undefined,
      delegate: silentDelegate,
    };
    this.swim = new Swim({ ...identity, ...rest, config: { ...swimPresets.lan, compression: false } }, env, {
      sendPacket: () => {},
      openStream: () => undefined,
      writeStream: () => {},
      closeStream: () => {},
    });
    this.swim.start();
  }

  /** Time goes on between packets, so that probes fail and suspicions end too. */
  endure(packetCount: number): Swim {
    for (let count = 0; count < packetCount; count += 1) {
      const writer = new ByteWriter();
      this.#write(writer);
      this.swim.receivePacket(from, writer.copy());
      this.#clock.advanceTo(this.#clock.nowMs + 100);
      this.#timers.fireDue(this.#clock.nowMs);
    }
    return this.swim;
  }

  #write(writer: ByteWriter): void {
    const kind = randomInt(this.#rng, 6);
    // Longer than the name of a member.
    const far = `${randomInt(this.#rng, 1_000_000)}`.padEnd(2_000, 'x');
    const node = `m${randomInt(this.#rng, 2_000)}`.padEnd(255, 'n');
    const incarnation = randomInt(this.#rng, 1_000);
    const accuser = incarnation % 2 === 0 ? far : far.slice(0, 255);
    const addr = parseIp(`10.0.${randomInt(this.#rng, 2)}.${randomInt(this.#rng, 250)}`)!;
    const source = { sourceAddr: null, sourcePort: 0, sourceNode: kind % 2 === 0 ? far : node };
    if (kind < 2) encodeAlive(writer, { incarnation, node, addr, port: 7_946, meta: null, vsn });
    else if (kind === 2) encodeSuspect(writer, { incarnation, node, from: accuser });
    else if (kind === 3) encodeDead(writer, { incarnation, node: 'self', from: accuser });
    else if (kind === 4)
      encodeIndirectPing(writer, { seqNo: incarnation, target: addr, port: 1, node: far, nack: true, ...source });
    else encodePing(writer, { seqNo: 1, node: 'self', ...source });
  }
}

test('whatever peers send, what is kept of it is at most so many records, and a megabyte', () => {
  const { evidence } = new Besieged(true).endure(5_000);
  const [records, own] = [[...evidence.records()], [...evidence.own()]];
  expect(records).toHaveLength(evidenceLimits.recordsMax);
  expect([...new Set(records.map(({ kind }) => kind))].sort()).toEqual(kinds);
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThanOrEqual(evidenceLimits.ownRecordsMax);
  expect(Math.max(...textsOf([records, own]).map((text) => text.length))).toBeLessThanOrEqual(255);
  expect(JSON.stringify([records, own]).length).toBeLessThan(1_024 * 1_024);
});

test('switched off, nothing is kept', () => {
  const { evidence } = new Besieged(false).endure(500);
  expect([[...evidence.records()], [...evidence.own()]]).toEqual([[], []]);
  expect(evidence.contact('m1'.padEnd(255, 'n')).pingAtMs).toBe(-Infinity);
});

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
