import type { ClusterEvent } from '../cluster/index.ts';
import { crashKnownMaxMs, swimPresets, type RuleSetName, type SwimConfig, type SwimProfile } from '../swim/index.ts';
import { assert, randomFloat, randomInt, SeededRng, type Rng } from '../util/index.ts';
import { quietNetwork, type NetworkConfig } from './sim-network.ts';
import type { SimNode } from './sim-node.ts';
import { Simulator } from './simulator.ts';
import { formCluster } from './warm-start.ts';

/** What {@link runSpreadExperiment} is run with. */
export interface SpreadOptions {
  /** At least 3. */
  readonly nodeCount: number;
  readonly seed: number;
  /** Share of packets that get lost. @defaultValue 0 */
  readonly loss?: number;
  /** @defaultValue 'lan' */
  readonly profile?: SwimProfile;
  /** @defaultValue 'sharp' */
  readonly rules?: RuleSetName;
  readonly swim?: Partial<SwimConfig>;
  /** Changes to {@link quietNetwork}. */
  readonly network?: Partial<NetworkConfig>;
  /** How long the cluster is watched at rest before the rumor. @defaultValue 10,000 */
  readonly restMs?: number;
  /** Whether a node is crashed after the rumor has spread. @defaultValue true */
  readonly crash?: boolean;
}

/** How a rumor spread, how a crash was found, and what it all cost. */
export interface SpreadResult {
  readonly nodeCount: number;
  readonly seed: number;
  readonly loss: number;
  /** Gossip intervals from the rumor's birth until the last node had it; undefined when it did not reach all. */
  readonly rounds: number | undefined;
  /** How many nodes had the rumor after 0, 1, 2 … gossip intervals. */
  readonly infectedAtRound: readonly number[];
  /** From the crash on; undefined when it did not come to that, or there was no crash. */
  readonly detection: {
    /** To 50 ms. */
    readonly firstSuspicionMs: number | undefined;
    readonly firstDeadMs: number | undefined;
    /** Every live node lists it as dead. */
    readonly allKnowMs: number | undefined;
    /** By when the formulas say that all know, but for one case in a thousand. */
    readonly boundMs: number;
  };
  /** Per node and second, at rest. */
  readonly atRest: { readonly packetsSent: number; readonly bytesSent: number };
  /** Per node, from the rumor's birth until all had it. */
  readonly forTheRumor: { readonly packetsSent: number; readonly bytesSent: number };
  /** Live nodes that somebody declared dead. */
  readonly falseDeathCount: number;
  readonly hash: string;
  readonly virtualMs: number;
  readonly eventCount: number;
}

const EXPERIMENT_STREAM = -3;
const POLL_MS = 50;
const DRAIN_LIMIT_MS = 60_000;
const ROUNDS_MAX = 60;

/**
 * Forms a cluster, watches it at rest, lets one node change its metadata and measures how the news spreads, then
 * crashes another one and measures how that is found. The same options give the same result, to the last digit.
 */
export function runSpreadExperiment(options: SpreadOptions): SpreadResult {
  return new SpreadExperiment(options).run();
}

class SpreadExperiment {
  readonly #options: SpreadOptions;
  readonly #config: SwimConfig;
  readonly #simulator: Simulator;
  readonly #rng: Rng;
  readonly #knowers: Set<SimNode> = new Set();
  readonly #mourners: Set<SimNode> = new Set();
  readonly #falselyDead: Set<string> = new Set();
  #teller: SimNode | undefined;
  #crashed: SimNode | undefined;

  constructor(options: SpreadOptions) {
    assert(options.nodeCount >= 3, 'a rumor and a crash need three nodes');
    this.#options = options;
    this.#config = { ...swimPresets[options.profile ?? 'lan'], ...options.swim };
    this.#rng = new SeededRng(options.seed, EXPERIMENT_STREAM);
    this.#simulator = new Simulator({
      seed: options.seed,
      network: { ...quietNetwork, loss: options.loss ?? 0, ...options.network },
    });
    this.#simulator.observe({ onEvent: (node, event) => this.#note(node, event) });
  }

  run(): SpreadResult {
    this.#form();
    const atRest = this.#rest();
    const rumor = this.#spreadRumor();
    const detection = this.#options.crash === false ? this.#noDetection() : this.#detectCrash();
    return {
      nodeCount: this.#options.nodeCount,
      seed: this.#options.seed,
      loss: this.#options.loss ?? 0,
      ...rumor,
      detection,
      atRest,
      falseDeathCount: this.#falselyDead.size,
      hash: this.#simulator.hash,
      virtualMs: this.#simulator.nowMs,
      eventCount: this.#simulator.eventCount,
    };
  }

  #form(): void {
    const { profile = 'lan', rules = 'sharp', swim, nodeCount } = this.#options;
    for (let i = 1; i <= nodeCount; i++) this.#simulator.addNode(`n${i}`);
    const nodeOptions = { profile, rules, ...(swim !== undefined && { swim }) };
    for (const node of this.#simulator.nodes) this.#simulator.boot(node, nodeOptions);
    formCluster(this.#simulator);
    drainQueues(this.#simulator, DRAIN_LIMIT_MS);
  }

  #rest(): SpreadResult['atRest'] {
    const restMs = this.#options.restMs ?? 10_000;
    this.#takeTraffic();
    this.#simulator.runForMs(restMs);
    const { packetsSent, bytesSent } = this.#takeTraffic();
    const perNodeSecond = this.#options.nodeCount * (restMs / 1_000);
    return { packetsSent: packetsSent / perNodeSecond, bytesSent: bytesSent / perNodeSecond };
  }

  #spreadRumor(): Pick<SpreadResult, 'rounds' | 'infectedAtRound' | 'forTheRumor'> {
    const { gossipIntervalMs } = this.#config;
    const { nodes } = this.#simulator;
    // At a random instant, so that the rumor is born at any phase of the gossip interval.
    this.#simulator.runForMs(randomFloat(this.#rng) * gossipIntervalMs);
    this.#takeTraffic();
    const teller = nodes[randomInt(this.#rng, nodes.length)]!;
    this.#teller = teller;
    const bornAtMs = this.#simulator.nowMs;
    teller.step((core, nowMs) => core.updateMeta(nowMs, RUMOR, 60_000));
    const infectedAtRound = [this.#knowers.size];
    let rounds: number | undefined;
    while (rounds === undefined && infectedAtRound.length <= ROUNDS_MAX) {
      const endMs = bornAtMs + infectedAtRound.length * gossipIntervalMs;
      this.#simulator.runUntil(() => this.#knowers.size === nodes.length, endMs - this.#simulator.nowMs);
      if (this.#knowers.size === nodes.length) rounds = (this.#simulator.nowMs - bornAtMs) / gossipIntervalMs;
      infectedAtRound.push(this.#knowers.size);
    }
    const { packetsSent, bytesSent } = this.#takeTraffic();
    const forTheRumor = { packetsSent: packetsSent / nodes.length, bytesSent: bytesSent / nodes.length };
    return { rounds, infectedAtRound, forTheRumor };
  }

  #detectCrash(): SpreadResult['detection'] {
    const { nodes } = this.#simulator;
    drainQueues(this.#simulator, DRAIN_LIMIT_MS);
    const others = nodes.filter((node) => node !== this.#teller);
    const crashed = others[randomInt(this.#rng, others.length)]!;
    this.#crashed = crashed;
    const crashedAtMs = this.#simulator.nowMs;
    crashed.crash(false);
    const live = nodes.filter((node) => node !== crashed);
    const boundMs = this.#boundMs();
    const since = (isSo: () => boolean): number | undefined => {
      const limitMs = crashedAtMs + boundMs - this.#simulator.nowMs;
      return pollUntil(this.#simulator, isSo, limitMs) ? this.#simulator.nowMs - crashedAtMs : undefined;
    };
    const isAccused = (node: SimNode): boolean => node.core.memberState(crashed.name) !== 'alive';
    const firstSuspicionMs = since(() => live.some(isAccused));
    const firstDeadMs = since(() => this.#mourners.size > 0);
    const allKnowMs = since(() => this.#mourners.size === live.length);
    return { firstSuspicionMs, firstDeadMs, allKnowMs, boundMs };
  }

  #noDetection(): SpreadResult['detection'] {
    return {
      firstSuspicionMs: undefined,
      firstDeadMs: undefined,
      allKnowMs: undefined,
      boundMs: this.#boundMs(),
    };
  }

  #boundMs(): number {
    return crashKnownMaxMs(this.#config, this.#options.nodeCount - 1, this.#options.loss);
  }

  #note(node: SimNode, event: ClusterEvent): void {
    if (event.type === 'member-update' && event.member.name === this.#teller?.name) this.#knowers.add(node);
    if (event.type !== 'member-failed') return;
    if (event.member.name === this.#crashed?.name) this.#mourners.add(node);
    else this.#falselyDead.add(event.member.name);
  }

  #takeTraffic(): { packetsSent: number; bytesSent: number } {
    const sum = { packetsSent: 0, bytesSent: 0 };
    for (const node of this.#simulator.nodes) {
      const { packetsSent, bytesSent } = node.takeTraffic();
      sum.packetsSent += packetsSent;
      sum.bytesSent += bytesSent;
    }
    return sum;
  }
}

const RUMOR = Uint8Array.of(0x72, 0x75, 0x6d, 0x6f, 0x72);

/** Runs until no node has a broadcast queued. */
export function drainQueues(simulator: Simulator, limitMs: number): void {
  const isQuiet = (): boolean => simulator.nodes.every((node) => node.core.rumorCount === 0);
  pollUntil(simulator, isQuiet, limitMs);
}

/** As `runUntil`, but looks only now and then: for conditions that look at every node. */
function pollUntil(simulator: Simulator, condition: () => boolean, limitMs: number): boolean {
  const deadlineMs = simulator.nowMs + limitMs;
  while (!condition()) {
    if (simulator.nowMs >= deadlineMs) return false;
    simulator.runForMs(POLL_MS);
  }
  return true;
}
