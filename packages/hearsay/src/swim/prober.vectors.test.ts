import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../../test/golden/vectors.ts';
import { readVectors } from '../../../../test/support/vectors.ts';
import { ByteWriter, SeededRng, StepClock, TimerQueue, type Address } from '../util/index.ts';
import { encodeAck, encodeAlive, encodeNack, encodeSuspect, type Alive } from '../wire/index.ts';
import { swimPresets } from './config.ts';
import { silentDelegate } from './delegate.ts';
import { Keyring } from './keyring.ts';
import type { MemberState } from './member.ts';
import { Swim } from './swim.ts';
import { swimRuleSets } from './rules.ts';

// One probe round of memberlist with a scripted network: what is sent when, and what it does to the target and to health.

interface SentPacket {
  readonly to: string;
  readonly phase: 'at once' | 'after the probe timeout';
  readonly hex: string;
}

interface Vector {
  readonly name: string;
  readonly what: string;
  readonly health_before: number;
  readonly health_after: number;
  readonly packets_sent: readonly SentPacket[];
  readonly peer_pmax: number;
  readonly peers: number;
  readonly ping_delegate_notified: readonly string[];
  readonly probe_interval_ms: number;
  readonly probe_timeout_ms: number;
  readonly queued_broadcasts: readonly { readonly hex: string; readonly queue_name: string }[];
  readonly responses: {
    readonly direct_ack_after_ms: number;
    readonly indirect_ack: boolean;
    readonly nacks: number;
    readonly stream: '' | 'refuse' | 'ack' | 'badseq';
    readonly stream_pings_disabled: boolean;
  };
  readonly round_length: 'ended early' | 'full scaled interval';
  readonly scaled_interval_ms: number;
  readonly stream_dials: number;
  readonly target_pmax: number;
  readonly target_state_after: MemberState;
  readonly target_state_before: 'alive' | 'suspect';
}

/** The number of the reference's ping: one more than where our random start is made to be. */
const seqNo = 0x3e9;
/** Draws `first`, then what the seed gives. */
class ProbeRound {
  readonly vector: Vector;
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly swim: Swim;
  readonly packets: SentPacket[] = [];
  readonly notified: string[] = [];
  streamDials: number = 0;
  /** When the target had answered or was accused; -1 when neither. */
  endedAtMs: number = -1;
  startedAtMs: number = -1;
  readonly #names: Map<string, string> = new Map();
  readonly #inputs: { atMs: number; run: () => void }[] = [];
  #areHelpersAsked: boolean = false;
  #isNextRound: boolean = false;

  constructor(vector: Vector) {
    this.vector = vector;
    const config = {
      ...swimPresets.lan,
      compression: false,
      probeIntervalMs: vector.probe_interval_ms,
      probeTimeoutMs: vector.probe_timeout_ms,
      streamPings: !vector.responses.stream_pings_disabled,
      pushPullIntervalMs: 0,
      healIntervalMs: 0,
    };
    this.swim = new Swim(
      {
        name: 'node-a',
        addr: fromHex('c0000201'),
        port: 7946,
        bindPort: 7946,
        vsn: fromHex('010502000000'),
        config,
        keyring: new Keyring(),
        rules: swimRuleSets.sharp,
        seeds: [],
        allowedNetworks: undefined,
        firstSequenceNumber: seqNo,
        delegate: {
          ...silentDelegate,
          onPingComplete: (member, _, payload) =>
            this.notified.push(`${member.name}:${Buffer.from(payload).toString()}`),
        },
      },
      {
        clock: this.clock,
        timers: this.timers,
        rng: new SeededRng(5),
        aead: undefined,
        fillRandom: () => undefined,
        trace: (event) => {
          if (event.type === 'probe-started') this.#beginRound(event.atMs);
          if (event.type === 'probe-acked' || event.type === 'probe-failed') this.endedAtMs = event.atMs;
        },
      },
      {
        sendPacket: (to, packet) => this.#onPacket(to, packet),
        openStream: (stream) => this.#onStream(stream),
        writeStream: () => undefined,
        closeStream: () => undefined,
      },
    );
    this.swim.start();
    this.#introduce('target', 'c0000232', vector.target_pmax);
    if (vector.target_state_before === 'suspect') this.#receive(encoded(encodeSuspect, accusation('target', 5)));
    for (let i = 0; i < vector.health_before; i++) {
      this.#receive(encoded(encodeSuspect, accusation('node-a', this.swim.self.incarnation)));
    }
    this.swim.rumorQueue.reset();
    this.packets.length = 0;
  }

  run(): void {
    expect(this.swim.healthScore).toBe(this.vector.health_before);
    this.#probeTarget();
    const endMs = this.startedAtMs + this.vector.scaled_interval_ms;
    while (this.endedAtMs < 0 && !this.#isNextRound) {
      const nextInputMs = this.#inputs[0]?.atMs ?? Infinity;
      const nextMs = Math.min(this.timers.nextDeadlineMs, nextInputMs);
      if (nextMs > endMs) break;
      this.clock.advanceTo(nextMs);
      if (nextInputMs <= nextMs) this.#inputs.shift()!.run();
      else this.timers.fireDue(nextMs);
    }
  }

  /** What was sent in this round; the helpers, which are asked in random order, by name. */
  sorted(): SentPacket[] {
    const [ping, ...others] = this.packets;
    return [ping!, ...others.sort((a, b) => a.to.localeCompare(b.to))];
  }

  /** Lets the first round begin, which can only be the target's, and then introduces those who may help. */
  #probeTarget(): void {
    while (this.packets.length === 0) {
      this.clock.advanceTo(this.timers.nextDeadlineMs);
      this.timers.fireDue(this.clock.nowMs);
    }
    for (let i = 0; i < this.vector.peers; i++) this.#introduce(`peer-${i}`, `c000024${i}`, this.vector.peer_pmax);
    this.swim.rumorQueue.reset();
  }

  #beginRound(atMs: number): void {
    this.#isNextRound = this.startedAtMs >= 0;
    if (!this.#isNextRound) this.startedAtMs = atMs;
  }

  #onPacket(to: Address, packet: Uint8Array): void {
    if (this.#isNextRound) return;
    const name = this.#names.get(to.host) ?? to.host;
    const phase = this.#areHelpersAsked ? 'after the probe timeout' : 'at once';
    this.packets.push({ to: name, phase, hex: toHex(packet) });
    const { responses } = this.vector;
    if (name === 'target') return this.#answerPing(to);
    if (!name.startsWith('peer-')) return;
    const index = Number(name.slice('peer-'.length));
    if (responses.indirect_ack && index === 0) this.#later(10, () => this.#ack(null));
    if (index < responses.nacks) this.#later(5, () => this.#receive(encoded(encodeNack, { seqNo })));
  }

  #answerPing(to: Address): void {
    const { name, responses } = this.vector;
    if (name === 'local-send-error') this.#later(0, () => this.swim.sendFailed(to, 'ENOBUFS'));
    else if (name === 'udp-write-error-new') this.#later(0, () => this.swim.sendFailed(to, 'ENETUNREACH'));
    if (responses.direct_ack_after_ms > 0) {
      this.#later(responses.direct_ack_after_ms, () => this.#ack(Buffer.from('pl')));
    }
    this.#later(this.vector.probe_timeout_ms - 1, () => (this.#areHelpersAsked = true));
  }

  #onStream(stream: number): void {
    this.streamDials += 1;
    const { stream: answer } = this.vector.responses;
    if (answer === 'refuse') return this.#later(1, () => this.swim.streamClosed(stream, 'refused'));
    this.#later(1, () => this.swim.streamOpened(stream));
    const number = answer === 'badseq' ? seqNo + 1 : seqNo;
    this.#later(2, () => this.swim.receiveStream(stream, encoded(encodeAck, { seqNo: number, payload: null })));
  }

  #ack(payload: Uint8Array | null): void {
    this.#receive(encoded(encodeAck, { seqNo, payload }));
  }

  #later(delayMs: number, run: () => void): void {
    this.#inputs.push({ atMs: this.clock.nowMs + delayMs, run });
    this.#inputs.sort((a, b) => a.atMs - b.atMs);
  }

  #receive(packet: Uint8Array): void {
    this.swim.receivePacket({ host: '192.0.2.99', port: 7946 }, packet);
  }

  #introduce(name: string, addrHex: string, protocolMax: number): void {
    const addr = fromHex(addrHex);
    this.#names.set([...addr].join('.'), name);
    const vsn = Uint8Array.of(1, protocolMax, 2, 0, 0, 0);
    const alive: Alive = { incarnation: 5, node: name, addr, port: 7946, meta: null, vsn };
    this.#receive(encoded(encodeAlive, alive));
  }
}

function encoded<Message>(encode: (writer: ByteWriter, message: Message) => void, message: Message): Uint8Array {
  const writer = new ByteWriter();
  encode(writer, message);
  return writer.copy();
}

function accusation(node: string, incarnation: number): { incarnation: number; node: string; from: string } {
  return { incarnation, node, from: 'x' };
}

const vectors = readVectors<Vector>('probe');
/** The old library gives up where the new one goes on; we follow the new one. */
const departures = ['udp-write-error-old'];

describe('memberlist probe round', () => {
  const followed = vectors.filter(({ name }) => !departures.includes(name));

  test.each(followed.map((vector) => [`${vector.name}: ${vector.what}`, vector] as const))('%s', (_, vector) => {
    const round = new ProbeRound(vector);
    round.run();
    expect(round.sorted()).toEqual(vector.packets_sent.map(({ to, phase, hex }) => ({ to, phase, hex })));
    expect(round.streamDials).toBe(vector.stream_dials);
    expect(round.notified).toEqual(vector.ping_delegate_notified);
    expect(round.swim.healthScore).toBe(vector.health_after);
    expect(round.swim.members.get('target')!.state).toBe(vector.target_state_after);
    const queued = round.swim.rumorQueue
      .entries()
      .map(({ message, name }) => ({ hex: toHex(message), queue_name: name }));
    expect(queued).toEqual(vector.queued_broadcasts);
    const fullMs = round.startedAtMs + vector.scaled_interval_ms;
    if (vector.round_length === 'full scaled interval') expect(round.endedAtMs).toBe(fullMs);
    else expect(round.endedAtMs).toBeLessThan(fullMs);
  });

  test('there are 17 vectors', () => {
    expect(vectors.length).toBe(17);
  });
});
