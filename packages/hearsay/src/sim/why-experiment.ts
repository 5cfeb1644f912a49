import type { WhyPath, WhyReport } from '../cluster/index.ts';
import { assert, randomChance, randomFloat, randomInt, SeededRng, type Rng } from '../util/index.ts';
import { simulate, type Scenario } from './scenario.ts';
import { rightVerdicts, type WhyTrouble } from './why-troubles.ts';

/** What {@link runWhyExperiment} is run with. */
export interface WhyExperimentOptions {
  readonly seed: number;
  readonly trouble: WhyTrouble;
  /** Share of members that are stock, keep no evidence and cannot be asked. @defaultValue drawn: none, or 30 % */
  readonly stockShare?: number;
}

/** An answer, and how good it is. */
export interface WhyFinding {
  readonly report: WhyReport;
  readonly isRight: boolean;
  /** Whether the verdict also says which way was broken; only of cuts. */
  readonly isPathRight: boolean | undefined;
}

/** What was done, and what was found. */
export interface WhyExperimentResult extends WhyFinding {
  readonly seed: number;
  readonly trouble: WhyTrouble;
  /** How it went exactly, for people. */
  readonly details: string;
  /** What another member found after the first accuser had died. Undefined when nobody accused, or nobody else is left. */
  readonly withoutAccuser: WhyFinding | undefined;
}

const limitMs = 3 * 60_000;
/** The kernel answers for a process that has died; more often than not a machine goes on. */
const machineUpShare = 0.6;
/** State is not what it is about, and would take most of the time of a run. */
const seldom = { periodMs: 5_000, beacon: false } as const;
/** The longest timer lateness that our own stall detection may be told to ignore. */
const blindToleranceMs = 499;
const runSliceMs = 0.25;

/** One run: a cluster, one trouble, and the question why from a member that is well; then once more without the accuser. */
export function runWhyExperiment(options: WhyExperimentOptions): WhyExperimentResult {
  return new Experiment(options).run();
}

class Experiment {
  readonly #options: WhyExperimentOptions;
  readonly #rng: Rng;
  readonly #cluster: Scenario;
  readonly #observer: string;
  #target: string;
  #asker: string;
  #details: string = '';
  #brokenPath: WhyPath | undefined;

  constructor(options: WhyExperimentOptions) {
    const { seed, trouble } = options;
    this.#options = options;
    this.#rng = new SeededRng(seed, experimentStream);
    const nodeCount = this.#drawNodeCount();
    const loss = this.#pick([0, 0.01, 0.02, 0.05]);
    const stragglerChance = this.#pick([0, 0, 0.02]);
    const latencyMaxMs = this.#pick([1.5, 1.5, 20]);
    const stockShare = options.stockShare ?? this.#pick([0, 0, 0.3]);
    const hasTelemetry = randomChance(this.#rng, 0.25);
    const stock = new Set<string>();
    // The first three are the one who asks, the target and its observer.
    for (let number = 4; number <= nodeCount; number += 1) {
      if (randomChance(this.#rng, stockShare)) stock.add(`n${number}`);
    }
    this.#cluster = simulate({
      seed,
      nodeCount,
      checkers: [],
      transcript: { traces: 'none' },
      network: { loss, latencyMaxMs, stragglerChance, stragglerMaxMs: 400 },
      kv: { isCapable: (name) => !stock.has(name), ...(!hasTelemetry && { gossip: seldom }) },
      ...(hasTelemetry && { telemetry: {} }),
      ...(trouble === 'paused-observer' && { swim: { lateToleranceMs: blindToleranceMs } }),
    });
    this.#details = `${nodeCount} nodes (${stock.size} stock), ${100 * loss} % loss: `;
    this.#asker = 'n1';
    this.#target = 'n2';
    this.#observer = 'n3';
  }

  run(): WhyExperimentResult {
    const { seed, trouble } = this.#options;
    this.#runFor(11_000, 16_000);
    this.#make(trouble);
    const found = this.#judge(this.#ask(this.#asker));
    const withoutAccuser = this.#askWithoutAccuser(found.report);
    return { seed, trouble, details: this.#details, ...found, withoutAccuser };
  }

  #judge(report: WhyReport): WhyFinding {
    const { trouble } = this.#options;
    const { cause, path, alternatives } = report.verdict;
    const isOpen = trouble !== 'cut-off-still' || alternatives.includes('path-broken');
    return {
      report,
      isRight: cause === rightVerdicts[trouble] && isOpen,
      isPathRight: this.#brokenPath && path === this.#brokenPath,
    };
  }

  #make(trouble: WhyTrouble): void {
    switch (trouble) {
      case 'crash':
        return this.#end(true);
      case 'machine-down':
        return this.#end(false);
      case 'cut-off-still':
        return this.#cutOffStill();
      case 'one-way-cut':
        return this.#cutOneWay();
      case 'both-way-cut':
        return this.#cutBothWays();
      case 'partial-cut':
        return this.#cutPartially();
      case 'lossy-link':
        return this.#loseMost();
      case 'paused-observer':
        return this.#starveObserver();
      case 'paused-target':
        return this.#pauseTarget();
      case 'starved-target':
        return this.#starveTarget();
      case 'leave':
        return this.#leave();
      case 'restart':
        return this.#restart();
      case 'name-conflict':
        return this.#claimName();
    }
  }

  #end(isHostUp: boolean): void {
    this.#details += isHostUp ? 'its process ends, its machine is up' : 'its machine goes down';
    this.#cluster.crash(this.#target, { isHostUp });
    this.#untilGone();
  }

  #cutOffStill(): void {
    this.#details += 'it is cut off and not back yet';
    this.#cluster.isolate(this.#target);
    this.#untilGone();
  }

  #cutOneWay(): void {
    const isInward = randomChance(this.#rng, 0.5);
    this.#brokenPath = isInward ? 'to-target' : 'from-target';
    const staysCut = isInward && randomChance(this.#rng, 0.5);
    this.#details += isInward ? `nothing reaches it${staysCut ? ' still' : ''}` : 'nothing it sends arrives';
    if (isInward) this.#cluster.cut('all', [this.#target]);
    else this.#cluster.cut([this.#target], 'all');
    this.#untilGone();
    if (!staysCut) this.#healAndReturn();
  }

  #cutBothWays(): void {
    this.#brokenPath = 'both-ways';
    const isSplit = randomChance(this.#rng, 0.5);
    const staysCut = isSplit && randomChance(this.#rng, 0.5);
    const names = this.#cluster.nodes.map(({ name }) => name);
    if (isSplit) {
      const others = names.slice(3);
      const count = 1 + randomInt(this.#rng, Math.max(1, Math.floor(names.length / 2) - 1));
      const far = [this.#target, ...others.slice(0, count)];
      this.#details += `${far.length} of ${names.length} are cut off${staysCut ? ' still' : ''}`;
      this.#cluster.partition([far, names.filter((name) => !far.includes(name))]);
    } else {
      this.#details += 'it is cut off alone';
      this.#cluster.isolate(this.#target);
    }
    this.#untilGone();
    if (!staysCut) this.#healAndReturn();
  }

  /** More and more of the others lose the way to it, until somebody accuses it: those asked for help reach it long. */
  #cutPartially(): void {
    const way = this.#pick(['to it', 'from it', 'both ways'] as const);
    const others = this.#shuffled(this.#cluster.nodes.map(({ name }) => name).filter((name) => name !== this.#target));
    let count = Math.ceil(others.length / 2);
    let cutCount = 0;
    do {
      const far = others.slice(cutCount, count);
      if (way !== 'from it') this.#cluster.cut(far, [this.#target]);
      if (way !== 'to it') this.#cluster.cut([this.#target], far);
      cutCount = count;
      count += 1;
    } while (!this.#isSoonAccused() && cutCount < others.length);
    this.#details += `the way ${way} is cut for ${cutCount} of ${others.length}`;
    this.#cluster.runUntil(() => !this.#isSeenAs('alive'), limitMs);
    this.#healOrNot();
  }

  #loseMost(): void {
    const way = this.#pick(['to it', 'from it', 'both ways'] as const);
    let loss = 0.4 + 0.3 * randomFloat(this.#rng);
    do {
      this.#cluster.heal();
      if (way !== 'from it') this.#cluster.degrade('all', [this.#target], { loss });
      if (way !== 'to it') this.#cluster.degrade([this.#target], 'all', { loss });
      loss = loss * 0.8 + 0.2;
    } while (!this.#isSoonAccused());
    this.#details += `its packets are lost ${way}, up to ${Math.round((100 * (loss - 0.2)) / 0.8)} %`;
    this.#healOrNot();
  }

  /** Time only every so often, which our stall detection is told to ignore here, and a socket that overflows. */
  #starveObserver(): void {
    this.#cluster.keepTraces();
    const sliceMs = 380 + randomInt(this.#rng, 110);
    this.#details += `its observer gets ${runSliceMs} ms of time in ${sliceMs}, and loses what arrives meanwhile`;
    let accused: string | undefined;
    while (accused === undefined) {
      this.#cluster.cut('all', [this.#observer], { forMs: sliceMs });
      this.#cluster.pause(this.#observer, { forMs: sliceMs });
      this.#cluster.runForMs(sliceMs + runSliceMs);
      const traces = this.#cluster.tracesAt(this.#observer);
      accused = traces.find((event) => event.type === 'probe-failed')?.target;
    }
    this.#target = accused;
    if (accused === this.#asker) this.#asker = 'n2';
    this.#cluster.runUntil(() => this.#isSeenAs('alive'), limitMs);
    this.#runFor(3_000, 10_000);
  }

  #pauseTarget(): void {
    const how = this.#pick(['for good', 'until it is dead', 'until it is dead', 'until it is suspect'] as const);
    this.#details += `it gets no time ${how}`;
    this.#cluster.pause(this.#target);
    if (how === 'until it is suspect') {
      this.#cluster.runUntil(() => !this.#isSeenAs('alive'), limitMs);
      this.#runFor(0, 2_000);
    } else this.#untilGone();
    if (how === 'for good') return;
    this.#cluster.resume(this.#target);
    this.#untilBack();
  }

  #starveTarget(): void {
    let sliceMs = 800 + randomInt(this.#rng, 2_500);
    while (this.#isSeenAs('alive')) {
      this.#cluster.pause(this.#target, { forMs: sliceMs }).runForMs(sliceMs + 5);
      sliceMs *= 1.03;
    }
    this.#details += `it gets 5 ms of time every ${Math.round(sliceMs)} ms`;
    this.#untilBack();
  }

  #leave(): void {
    this.#details += 'it leaves';
    this.#cluster.leave(this.#target, { thenStop: true });
    // Of a goodbye that is lost nothing is heard but silence.
    this.#cluster.runUntil(() => this.#isSeenAs('left') || this.#isSeenAs('dead'), limitMs);
    this.#runFor(6_000, 12_000);
  }

  #restart(): void {
    const isHostUp = randomChance(this.#rng, machineUpShare);
    const downMs = 300 + randomFloat(this.#rng) ** 2 * 40_000;
    this.#details += `it is down for ${Math.round(downMs)} ms${isHostUp ? '' : ' with its machine'}`;
    this.#cluster.crash(this.#target, { isHostUp }).runForMs(downMs);
    this.#cluster.restart(this.#target).join(this.#target, [this.#asker]);
    this.#cluster.runForMs(1_000);
    this.#untilBack();
  }

  #claimName(): void {
    this.#details += 'another node starts with its name';
    this.#cluster.add(this.#target, { address: { host: '10.7.7.7', port: 7_946 }, seeds: [this.#asker] });
    this.#runFor(3_000, 20_000);
  }

  #healAndReturn(): void {
    this.#runFor(1_000, 6_000);
    this.#cluster.heal();
    this.#untilBack();
  }

  #healOrNot(): void {
    this.#runFor(2_000, 8_000);
    if (randomChance(this.#rng, 0.5)) return;
    this.#details += '; it is over';
    this.#cluster.heal();
    this.#untilBack();
  }

  /** Until all that can know believe it dead, and some seconds more. */
  #untilGone(): void {
    this.#cluster.runUntil(() => this.#isSeenAs('dead'), limitMs);
    this.#runFor(2_000, 8_000);
  }

  #untilBack(): void {
    this.#cluster.runUntil(() => this.#isSeenAs('alive'), limitMs);
    this.#runFor(2_000, 10_000);
  }

  #isSeenAs(state: string): boolean {
    return this.#cluster.stateAt(this.#asker, this.#target) === state;
  }

  #isSoonAccused(): boolean {
    return this.#cluster.simulator.runUntil(() => !this.#isSeenAs('alive'), 30_000);
  }

  #runFor(minMs: number, maxMs: number): void {
    this.#cluster.runForMs(minMs + randomFloat(this.#rng) * (maxMs - minMs));
  }

  /** Most are small: 85 % have up to 10 members, 3 % more than 20 and up to 40. */
  #drawNodeCount(): number {
    const size = randomFloat(this.#rng);
    if (size < 0.85) return 5 + randomInt(this.#rng, 6);
    return size < 0.97 ? 11 + randomInt(this.#rng, 10) : 21 + randomInt(this.#rng, 20);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[randomInt(this.#rng, items.length)]!;
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: randomFloat(this.#rng) }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }

  /** The first accuser dies, and it is known; who asks is another one. */
  #askWithoutAccuser(report: WhyReport): WhyFinding | undefined {
    const accuser = report.accusers[0];
    const running = this.#cluster.nodes.filter(({ state }) => state === 'running').map(({ name }) => name);
    if (accuser === undefined || accuser === this.#target || !running.includes(accuser)) return undefined;
    const isCapable = (name: string): boolean => this.#cluster.core(name).kv !== undefined;
    const asker = running.find(
      (name) => name !== accuser && name !== this.#target && isCapable(name) && this.#isOnOurSide(name),
    );
    if (asker === undefined) return undefined;
    this.#details += `; ${accuser}, the accuser, has died`;
    this.#cluster.crash(accuser, { isHostUp: randomChance(this.#rng, machineUpShare) });
    const isSeen = (): boolean => ['dead', undefined].includes(this.#cluster.stateAt(asker, accuser));
    this.#cluster.runUntil(isSeen, limitMs);
    return this.#judge(this.#ask(asker));
  }

  /** With a network that is still split, whoever asks stands where the first one did. */
  #isOnOurSide(name: string): boolean {
    return name === this.#asker || this.#cluster.stateAt(name, this.#asker) === 'alive';
  }

  #ask(name: string): WhyReport {
    const request = this.#cluster.node(name).step((core, nowMs) => core.why(nowMs, this.#target));
    let report: WhyReport | undefined;
    this.#cluster.runUntil(() => {
      for (const event of this.#cluster.fullEventsAt(name)) {
        if (event.type === 'why-done' && event.request === request) ({ report } = event);
      }
      return report !== undefined;
    }, limitMs);
    assert(report !== undefined, 'every question has an answer');
    return report;
  }
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -7;
