import { randomChance, randomFloat, type Rng } from '../util/index.ts';
import { TICKS_PER_MS, toTick } from './event-queue.ts';

/** How the network treats every packet, before any {@link LinkRule}. */
export interface NetworkConfig {
  /** Latency of one way is uniform between these two. @defaultValue 0.2 */
  readonly latencyMinMs: number;
  /** @defaultValue 1.5 */
  readonly latencyMaxMs: number;
  /** Share of packets that get lost. Streams do not lose data, they wait for a retransmission. @defaultValue 0 */
  readonly loss: number;
  /** Share of packets that arrive twice. @defaultValue 0 */
  readonly duplication: number;
  /** Share of packets that are held back, and so overtaken by later ones. @defaultValue 0 */
  readonly stragglerChance: number;
  /** A straggler comes up to this much later. @defaultValue 0 */
  readonly stragglerMaxMs: number;
  /** Stream data arrive in pieces of a random length up to this. @defaultValue 65536 */
  readonly streamChunkMaxBytes: number;
}

/** A quiet local network. */
export const quietNetwork: NetworkConfig = {
  latencyMinMs: 0.2,
  latencyMaxMs: 1.5,
  loss: 0,
  duplication: 0,
  stragglerChance: 0,
  stragglerMaxMs: 0,
  streamChunkMaxBytes: 64 * 1024,
};

/** Nodes by index, or all there are or will be. */
export type NodeSet = readonly number[] | 'all';

/** A fault on the links from some nodes to some others. All of them together make partitions, cuts and bad links. */
export interface LinkRuleOptions {
  readonly from: NodeSet;
  readonly to: NodeSet;
  /** Share of what travels that is lost; 1 cuts the link. @defaultValue 0 */
  readonly loss?: number;
  /** Added to every latency. @defaultValue 0 */
  readonly addedLatencyMs?: number;
  /** What is sent before this instant arrives after it: a clogged link. @defaultValue 0 */
  readonly clogUntilMs?: number;
  /** @defaultValue 'both' */
  readonly channel?: 'packets' | 'streams' | 'both';
  /** Of packets only longer ones are hit: a path of a smaller MTU that tells nobody. @defaultValue 0 */
  readonly longerThanBytes?: number;
}

/** Names a rule, to take it back. */
export type LinkRuleId = number;

interface LinkRule {
  readonly id: LinkRuleId;
  readonly from: ReadonlySet<number> | undefined;
  readonly to: ReadonlySet<number> | undefined;
  readonly loss: number;
  readonly addedTicks: number;
  readonly clogUntilTick: number;
  readonly hitsPackets: boolean;
  readonly hitsStreams: boolean;
  readonly longerThanBytes: number;
}

/** What {@link SimNetwork.streamDelayTicks} says of a link that lets nothing through now. */
export const CUT = -1;

/** A lost piece of a stream comes again after this, and after twice, four times as long if lost again. */
const RETRANSMISSION_MS = 200;

/**
 * Decides the fate of everything that travels: whether it arrives, how often, and how much later. Draws from its own
 * generator, so a node that rolls one die more does not change the weather.
 */
export class SimNetwork {
  config: NetworkConfig;
  readonly #rng: Rng;
  readonly #rules: LinkRule[] = [];
  #nextRuleId: LinkRuleId = 1;

  constructor(config: NetworkConfig, rng: Rng) {
    this.config = config;
    this.#rng = rng;
  }

  addRule(options: LinkRuleOptions): LinkRuleId {
    const channel = options.channel ?? 'both';
    const id = this.#nextRuleId++;
    this.#rules.push({
      id,
      from: options.from === 'all' ? undefined : new Set(options.from),
      to: options.to === 'all' ? undefined : new Set(options.to),
      loss: options.loss ?? 0,
      addedTicks: toTick(options.addedLatencyMs ?? 0),
      clogUntilTick: toTick(options.clogUntilMs ?? 0),
      hitsPackets: channel !== 'streams',
      hitsStreams: channel !== 'packets',
      longerThanBytes: options.longerThanBytes ?? 0,
    });
    return id;
  }

  removeRule(id: LinkRuleId): void {
    const index = this.#rules.findIndex((rule) => rule.id === id);
    if (index >= 0) this.#rules.splice(index, 1);
  }

  /** Takes back every rule. */
  clearRules(): void {
    this.#rules.length = 0;
  }

  /** Whether packets sent now from one node to another have a chance to arrive. */
  isOpen(from: number, to: number): boolean {
    return !this.#rules.some(
      (rule) => rule.loss === 1 && rule.hitsPackets && rule.longerThanBytes === 0 && concerns(rule, from, to),
    );
  }

  /** After how many ticks a packet sent now arrives; {@link CUT} when it never does. */
  packetDelayTicks(nowTick: number, from: number, to: number, lengthBytes: number = 1): number {
    const config = this.config;
    if (config.loss > 0 && randomChance(this.#rng, config.loss)) return CUT;
    let delayTicks = this.#latencyTicks();
    if (config.stragglerChance > 0 && randomChance(this.#rng, config.stragglerChance)) {
      delayTicks += Math.round(randomFloat(this.#rng) * config.stragglerMaxMs * TICKS_PER_MS);
    }
    for (const rule of this.#rules) {
      if (!rule.hitsPackets || lengthBytes <= rule.longerThanBytes || !concerns(rule, from, to)) continue;
      if (rule.loss > 0 && (rule.loss === 1 || randomChance(this.#rng, rule.loss))) return CUT;
      delayTicks = delayed(rule, delayTicks, nowTick);
    }
    return delayTicks;
  }

  /** Whether the packet just sent arrives a second time. */
  drawDuplication(): boolean {
    return this.config.duplication > 0 && randomChance(this.#rng, this.config.duplication);
  }

  /** After how many ticks stream data sent now arrive, retransmissions included; {@link CUT} when none would arrive. */
  streamDelayTicks(nowTick: number, from: number, to: number): number {
    let delayTicks = this.#latencyTicks() + this.#retransmissionTicks(this.config.loss);
    for (const rule of this.#rules) {
      if (!rule.hitsStreams || !concerns(rule, from, to)) continue;
      if (rule.loss === 1) return CUT;
      delayTicks = delayed(rule, delayTicks, nowTick) + this.#retransmissionTicks(rule.loss);
    }
    return delayTicks;
  }

  /** The length of the next piece of stream data, of `length` bytes to send. */
  drawChunkLength(length: number): number {
    const maxBytes = this.config.streamChunkMaxBytes;
    if (length <= 1) return length;
    return Math.min(length, 1 + Math.floor(randomFloat(this.#rng) * maxBytes));
  }

  #latencyTicks(): number {
    const { latencyMinMs, latencyMaxMs } = this.config;
    return toTick(latencyMinMs + randomFloat(this.#rng) * (latencyMaxMs - latencyMinMs));
  }

  #retransmissionTicks(loss: number): number {
    let waitMs = 0;
    let stepMs = RETRANSMISSION_MS;
    while (loss > 0 && stepMs < 60_000 && randomChance(this.#rng, loss)) {
      waitMs += stepMs;
      stepMs *= 2;
    }
    return waitMs * TICKS_PER_MS;
  }
}

function concerns(rule: LinkRule, from: number, to: number): boolean {
  return (rule.from === undefined || rule.from.has(from)) && (rule.to === undefined || rule.to.has(to));
}

function delayed(rule: LinkRule, delayTicks: number, nowTick: number): number {
  return Math.max(0, rule.clogUntilTick - nowTick) + delayTicks + rule.addedTicks;
}
