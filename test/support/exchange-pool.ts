import { decodeKvMessage } from '../../packages/hearsay/src/kv/codec/index.ts';
import { kvDefaults, type KvConfig } from '../../packages/hearsay/src/kv/config.ts';
import type { KvEvent } from '../../packages/hearsay/src/kv/events.ts';
import {
  Exchange,
  type ExchangeParts,
  type KvRefusal,
  type KvTransfer,
} from '../../packages/hearsay/src/kv/exchange/index.ts';
import { KvState } from '../../packages/hearsay/src/kv/kv-state.ts';
import type { KvMessage, ReceiptRow } from '../../packages/hearsay/src/kv/protocol.ts';
import { newGeneration } from '../../packages/hearsay/src/kv/stream.ts';
import { randomFloat, SeededRng, StepClock, Timer, TimerQueue } from '../../packages/hearsay/src/util/index.ts';
import { bytes, text } from './kv-node.ts';
import { passUntil } from './pass-time.ts';

const startMs = 1_750_000_000_000;

/** What the network does to messages. */
export interface PoolNetwork {
  /** Part of the packets that are lost, and that come twice. Streams lose nothing. */
  readonly loss: number;
  readonly duplicates: number;
  /** Each message takes so long, at least and at most: with a span, they overtake one another. */
  readonly delayMs: readonly [number, number];
}

/** A message as it went out. */
export interface SentMessage {
  readonly from: string;
  readonly to: string;
  readonly channel: 'packet' | 'stream';
  readonly byteCount: number;
  readonly message: KvMessage;
  readonly atMs: number;
}

/** What nodes of a pool may have for themselves. */
export interface PoolNodeOptions {
  readonly config?: Partial<KvConfig>;
  readonly parts?: Partial<ExchangeParts>;
}

/** Nodes that exchange state over a network in virtual time. Nobody asks anybody unless the test has it so. */
export class ExchangePool {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly rng: SeededRng;
  readonly sent: SentMessage[] = [];
  readonly nodes = new Map<string, PoolNode>();
  network: PoolNetwork = { loss: 0, duplicates: 0, delayMs: [1, 1] };
  /** False for a message that the network is to lose. */
  passes: (sent: SentMessage) => boolean = () => true;

  constructor(seed: number = 1) {
    this.rng = new SeededRng(seed);
  }

  get wallMs(): number {
    return startMs + this.clock.nowMs;
  }

  add(name: string, options: PoolNodeOptions = {}): PoolNode {
    const node = new PoolNode(this, name, options);
    this.nodes.set(name, node);
    return node;
  }

  /** Lets time pass, and all that happens in it. */
  runForMs(durationMs: number): void {
    passUntil(this.clock, this.timers, this.clock.nowMs + durationMs);
  }

  /** Every node asks one other, again and again, until `isOver`; how many rounds it took, at most `roundsMax`. */
  gossip(isOver: () => boolean, roundsMax: number = 100, periodMs: number = 1_000): number {
    const nodes = [...this.nodes.values()];
    for (let round = 0; round < roundsMax; round += 1) {
      if (isOver()) return round;
      for (const node of nodes) {
        const others = nodes.filter((other) => other !== node);
        node.ask(others[Math.floor(randomFloat(this.rng) * others.length)]!);
      }
      this.runForMs(periodMs);
    }
    return isOver() ? roundsMax : Infinity;
  }

  /** Carries a message, or loses it. */
  carry(from: string, to: string, message: Uint8Array, channel: 'packet' | 'stream'): void {
    const decoded = decodeKvMessage(message);
    if (decoded === undefined) throw new Error('a message that cannot be read was sent');
    const sent = { from, to, channel, byteCount: message.length, message: decoded, atMs: this.clock.nowMs };
    this.sent.push(sent);
    if (!this.passes(sent)) return;
    if (channel === 'packet' && randomFloat(this.rng) < this.network.loss) return;
    const times = channel === 'packet' && randomFloat(this.rng) < this.network.duplicates ? 2 : 1;
    const [least, most] = this.network.delayMs;
    for (let time = 0; time < times; time += 1) {
      const arrive = new Timer('message', () => this.nodes.get(to)?.exchange.receive(decoded, { name: from }));
      this.timers.arm(arrive, this.clock.nowMs + least + randomFloat(this.rng) * (most - least));
    }
  }
}

/** One node of a pool. */
export class PoolNode {
  readonly name: string;
  readonly events: KvEvent[] = [];
  readonly refusals: (KvRefusal & { readonly from: string })[] = [];
  readonly transfers: KvTransfer[] = [];
  readonly receipts: ReceiptRow[] = [];
  readonly state: KvState;
  exchange: Exchange;
  /** How far its wall clock is ahead. */
  skewMs: number = 0;
  /** How many bytes it may still send. */
  budgetBytes: number = Infinity;
  readonly #makeExchange: () => Exchange;

  constructor(pool: ExchangePool, name: string, { config, parts }: PoolNodeOptions) {
    this.name = name;
    const wallMs = (): number => pool.wallMs + this.skewMs;
    this.state = new KvState({
      own: { node: name, generation: newGeneration(startMs, 1) },
      config: { ...kvDefaults, sharedWritesBurst: 1e6, sharedWritesPerSecond: 1e6, ...config },
      clock: pool.clock,
      wallMs,
      emit: (event) => void this.events.push(event),
    });
    this.#makeExchange = () =>
      new Exchange({
        ownName: name,
        state: this.state,
        clock: pool.clock,
        timers: pool.timers,
        rng: pool.rng,
        wallMs,
        limitsHash: 7,
        transferBytesPerSecond: 1_048_576,
        packetMaxBytes: 1_350,
        send: (to, message, channel) => pool.carry(name, to.name, message, channel),
        isOpenTo: () => true,
        takeBytes: (_, byteCount) => {
          if (byteCount > this.budgetBytes) return false;
          this.budgetBytes -= byteCount;
          return true;
        },
        receipts: () => [],
        onReceipts: (_, rows) => void this.receipts.push(...rows),
        onSummary: () => {},
        onPeerRows: () => {},
        onRefusals: (from, refusals) => {
          for (const refusal of refusals) this.refusals.push({ ...refusal, from: from.name });
        },
        onOwnStreamAhead: () => this.state.openGeneration(newGeneration(wallMs(), pool.rng.nextUint32() & 0xffff)),
        onTransfer: (transfer) => void this.transfers.push(transfer),
        ...parts,
      });
    this.exchange = this.#makeExchange();
  }

  ask(other: PoolNode): void {
    this.exchange.begin(other);
  }

  /** Everything but the state is lost. */
  restart(): void {
    this.exchange.stop();
    this.exchange = this.#makeExchange();
  }

  put(key: string, value: string = key): void {
    this.state.shared.put(key, bytes(value));
  }

  get(key: string): string | undefined {
    const entry = this.state.shared.get(key);
    return entry === undefined ? undefined : text(entry.value);
  }

  /** How many keys have a value, in all lanes. */
  countKeys(): number {
    const { shared, owned, telemetry } = this.state;
    let count = [...shared.list()].length;
    for (const lane of [owned, telemetry]) for (const node of lane.nodes()) count += [...lane.list(node)].length;
    return count;
  }

  /** All that is shown in all lanes. */
  view(): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const entry of this.state.shared.list()) shown[entry.key] = text(entry.value);
    for (const [lane, owned] of [
      ['own', this.state.owned],
      ['telemetry', this.state.telemetry],
    ] as const) {
      for (const node of owned.nodes()) {
        for (const entry of owned.list(node)) shown[`${lane} ${node} ${entry.key}`] = text(entry.value);
      }
    }
    return shown;
  }
}

/** Whether all nodes show the same. */
export function isAgreed(nodes: Iterable<PoolNode>): boolean {
  const [first, ...others] = [...nodes].map((node) => JSON.stringify(Object.entries(node.view()).sort()));
  return others.every((other) => other === first);
}
