import type { ClusterEvent } from '../../cluster/index.ts';
import { assert, SeededRng, shuffle } from '../../util/index.ts';
import type { HostConfig, SimNode } from '../sim-node.ts';
import { Simulator, type SimNodeOptions } from '../simulator.ts';
import { quietNetwork, type NetworkConfig } from '../sim-network.ts';
import { drainQueues } from '../spread-experiment.ts';
import { formCluster } from '../warm-start.ts';

/** One run of the experiments of Lifeguard §V.D. */
export interface LifeguardRunOptions {
  readonly seed: number;
  readonly node: SimNodeOptions;
  /** C: how many are blocked, in lock-step. */
  readonly anomalyCount: number;
  /** D: how long a block lasts. */
  readonly blockMs: number;
  /** I: between two blocks. Undefined: there is one block only. */
  readonly intervalMs?: number;
  /** Changes to {@link lifeguardHost}. */
  readonly host?: Partial<HostConfig>;
  /** Changes to {@link lifeguardNetwork}. */
  readonly network?: Partial<NetworkConfig>;
  /** @defaultValue 128 */
  readonly memberCount?: number;
  /** How long it takes at least, but for a Threshold run that is over sooner. @defaultValue 120,000 */
  readonly testMs?: number;
}

/** What such a run shows. */
export interface LifeguardRunResult {
  /** FP: how often any member raised `failed` about one that was never blocked. */
  readonly falsePositives: number;
  /** FP-: those of them that a member raised which was never blocked itself. */
  readonly healthyFalsePositives: number;
  /** UDP packets sent, and their bytes. */
  readonly packets: number;
  readonly packetBytes: number;
  /** Did not fit into a receive buffer. */
  readonly packetsOverflowed: number;
  /** Of each blocked member that anybody declared failed: from the first block to the first time another did. */
  readonly firstMs: readonly number[];
  /** Of each blocked member that all never blocked ones declared failed: until the last of them did. */
  readonly fullMs: readonly number[];
  readonly virtualMs: number;
  readonly hash: string;
}

/** The machine of Lifeguard §V.D as far as it shows: a member takes so long for a packet, and a socket holds so much. */
export const lifeguardHost: HostConfig = {
  packetHandlingMs: 0.02,
  // memberlist asks for 2 MB and gets what Linux allows, twice net.core.rmem_max.
  receiveBufferBytes: 425_984,
};

/** All on one machine, over loopback. */
export const lifeguardNetwork: NetworkConfig = { ...quietNetwork, latencyMinMs: 0.05, latencyMaxMs: 0.18 };

const membersOfThePaper = 128;
const quiesceMs = 15_000;
const testOfThePaperMs = 120_000;
const drainLimitMs = 60_000;
const pollMs = 500;
const anomalyStream = -4;

/** Runs it. The same options give the same result. */
export function runLifeguard(options: LifeguardRunOptions): LifeguardRunResult {
  return new LifeguardRun(options).run();
}

class LifeguardRun {
  readonly #options: LifeguardRunOptions;
  readonly #simulator: Simulator;
  readonly #blocked: Set<SimNode>;
  readonly #firstMs: Map<string, number> = new Map();
  /** By member: how many healthy ones declared it failed, and when the last did. */
  readonly #healthyAccusers: Map<string, Set<SimNode>> = new Map();
  readonly #fullMs: Map<string, number> = new Map();
  #startedAtMs: number = Infinity;
  #falsePositives: number = 0;
  #healthyFalsePositives: number = 0;

  constructor(options: LifeguardRunOptions) {
    this.#options = options;
    const { seed, network, host, node, memberCount = membersOfThePaper } = options;
    this.#simulator = new Simulator({
      seed,
      network: { ...lifeguardNetwork, ...network },
      host: { ...lifeguardHost, ...host },
    });
    const { nodes } = this.#simulator;
    this.#simulator.observe({ onEvent: (raiser, event) => this.#note(raiser, event) });
    for (let i = 1; i <= memberCount; i++) this.#simulator.addNode(`n${i}`);
    for (const each of nodes) this.#simulator.boot(each, node);
    formCluster(this.#simulator);
    const shuffled = [...nodes];
    shuffle(new SeededRng(seed, anomalyStream), shuffled);
    this.#blocked = new Set(shuffled.slice(0, options.anomalyCount));
  }

  run(): LifeguardRunResult {
    const simulator = this.#simulator;
    drainQueues(simulator, drainLimitMs);
    simulator.runForMs(quiesceMs);
    for (const node of simulator.nodes) node.takeTraffic();
    this.#startedAtMs = simulator.nowMs;
    if (this.#options.intervalMs === undefined) this.#blockOnce();
    else this.#blockAgainAndAgain(this.#options.intervalMs);
    const traffic = simulator.nodes.map((node) => node.takeTraffic());
    return {
      falsePositives: this.#falsePositives,
      healthyFalsePositives: this.#healthyFalsePositives,
      packets: traffic.reduce((sum, { packetsSent }) => sum + packetsSent, 0),
      packetBytes: traffic.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
      packetsOverflowed: traffic.reduce((sum, { packetsOverflowed }) => sum + packetsOverflowed, 0),
      firstMs: [...this.#firstMs.values()],
      fullMs: [...this.#fullMs.values()],
      virtualMs: simulator.nowMs - this.#startedAtMs,
      hash: simulator.hash,
    };
  }

  #block(): void {
    for (const node of this.#blocked) node.block();
    this.#simulator.runForMs(this.#options.blockMs);
    for (const node of this.#blocked) node.unblock();
  }

  /** Threshold: until all see each other alive again, or the time is up. */
  #blockOnce(): void {
    this.#block();
    while (this.#passedMs < this.#testMs && !this.#isHealthy()) this.#simulator.runForMs(pollMs);
  }

  /** Interval: the run ends with a block. */
  #blockAgainAndAgain(intervalMs: number): void {
    this.#block();
    while (this.#passedMs < this.#testMs) {
      this.#simulator.runForMs(intervalMs);
      this.#block();
    }
  }

  get #passedMs(): number {
    return this.#simulator.nowMs - this.#startedAtMs;
  }

  get #testMs(): number {
    return this.#options.testMs ?? testOfThePaperMs;
  }

  #isHealthy(): boolean {
    return this.#simulator.nodes.every(({ core }) => core.members.every(({ state }) => state === 'alive'));
  }

  #note(raiser: SimNode, event: ClusterEvent): void {
    if (event.type !== 'member-failed') return;
    assert(this.#passedMs >= 0, 'nobody fails before the first block');
    const { name } = event.member;
    const isRaiserBlocked = this.#blocked.has(raiser);
    if (![...this.#blocked].some((node) => node.name === name)) {
      this.#falsePositives += 1;
      if (!isRaiserBlocked) this.#healthyFalsePositives += 1;
      return;
    }
    if (!this.#firstMs.has(name)) this.#firstMs.set(name, this.#passedMs);
    if (isRaiserBlocked) return;
    const accusers = this.#healthyAccusers.get(name) ?? new Set();
    this.#healthyAccusers.set(name, accusers.add(raiser));
    const healthyCount = this.#simulator.nodes.length - this.#blocked.size;
    if (accusers.size === healthyCount && !this.#fullMs.has(name)) this.#fullMs.set(name, this.#passedMs);
  }
}
