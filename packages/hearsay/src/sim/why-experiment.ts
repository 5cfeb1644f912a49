import type { WhyPath, WhyCause, WhyReport } from '../cluster/index.ts';
import { assert, randomChance, randomFloat, randomInt, SeededRng, type Rng } from '../util/index.ts';
import { simulate, type Scenario } from './scenario.ts';

/**
 * What is done to a member, or to the one that watches it. Cuts are over when it is asked, except for those that leave
 * other signs: a member that still sends, or that is not cut off alone. `vanished` is what nobody can tell from outside:
 * a machine that went down, or a member cut off alone that has not come back.
 */
export const whyTroubles = [
  'crash',
  'one-way-cut',
  'both-way-cut',
  'paused-observer',
  'paused-target',
  'leave',
  'restart',
  'name-conflict',
  'vanished',
] as const;

/** One of the {@link whyTroubles}. */
export type WhyTrouble = (typeof whyTroubles)[number];

/** What a right verdict says. For `vanished` both of what it may have been must be named. */
export const rightVerdicts: Readonly<Record<WhyTrouble, WhyCause>> = {
  crash: 'target-died',
  'one-way-cut': 'path-broken',
  'both-way-cut': 'path-broken',
  'paused-observer': 'observer-stalled',
  'paused-target': 'target-stalled',
  leave: 'left-on-purpose',
  restart: 'restarted',
  'name-conflict': 'name-conflict',
  vanished: 'target-died',
};

/** What {@link runWhyExperiment} is run with. */
export interface WhyExperimentOptions {
  readonly seed: number;
  readonly trouble: WhyTrouble;
  /** The first accuser, if there is one, dies before anybody asks. @defaultValue false */
  readonly isAccuserDead?: boolean;
  /** Share of members that are stock, keep no evidence and cannot be asked. @defaultValue 0 */
  readonly stockShare?: number;
}

/** What was done, and what was found. */
export interface WhyExperimentResult {
  readonly seed: number;
  readonly trouble: WhyTrouble;
  /** How it went exactly, for people. */
  readonly details: string;
  readonly report: WhyReport;
  readonly isRight: boolean;
  /** Whether the verdict also says which way was broken; only of cuts. */
  readonly isPathRight: boolean | undefined;
}

const limitMs = 3 * 60_000;
/** The kernel answers for a process that has died; more often than not a machine goes on. */
const machineUpShare = 0.6;
/** The longest timer lateness that our own stall detection may be told to ignore, and slices that stay below it. */
const blindToleranceMs = 499;
const starvedSliceMs = 450;
const runSliceMs = 0.25;

/** One run: a cluster, one trouble, and the question why from a member that is well. */
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
    const { seed, trouble, stockShare = 0 } = options;
    this.#options = options;
    this.#rng = new SeededRng(seed, experimentStream);
    const nodeCount = 6 + randomInt(this.#rng, 9);
    const loss = randomInt(this.#rng, 3) * 0.01;
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
      network: { loss },
      kv: { isCapable: (name) => !stock.has(name) },
      ...(trouble === 'paused-observer' && { swim: { lateToleranceMs: blindToleranceMs } }),
    });
    this.#asker = 'n1';
    this.#target = 'n2';
    this.#observer = 'n3';
  }

  run(): WhyExperimentResult {
    const { seed, trouble, isAccuserDead = false } = this.#options;
    this.#runFor(10_000, 20_000);
    this.#make(trouble);
    let report = this.#ask(this.#asker);
    if (isAccuserDead) report = this.#askWithoutAccuser(report);
    const { cause, alternatives } = report.verdict;
    const isOpen = trouble !== 'vanished' || alternatives.includes('path-broken');
    const isRight = cause === rightVerdicts[trouble] && isOpen;
    const isPathRight = this.#brokenPath === undefined ? undefined : report.verdict.path === this.#brokenPath;
    return { seed, trouble, details: this.#details, report, isRight, isPathRight };
  }

  #make(trouble: WhyTrouble): void {
    switch (trouble) {
      case 'crash':
        return this.#crash();
      case 'one-way-cut':
        return this.#cutOneWay();
      case 'both-way-cut':
        return this.#cutBothWays();
      case 'paused-observer':
        return this.#starveObserver();
      case 'paused-target':
        return this.#pauseTarget();
      case 'leave':
        return this.#leave();
      case 'restart':
        return this.#restart();
      case 'name-conflict':
        return this.#claimName();
      case 'vanished':
        return this.#vanish();
    }
  }

  #crash(): void {
    this.#details = 'its process ends, its machine is up';
    this.#cluster.crash(this.#target, { isHostUp: true });
    this.#untilGone();
  }

  #vanish(): void {
    if (randomChance(this.#rng, machineUpShare)) {
      this.#details = 'its machine goes down';
      this.#cluster.crash(this.#target, { isHostUp: false });
    } else {
      this.#details = 'it is cut off and not back yet';
      this.#cluster.isolate(this.#target);
    }
    this.#untilGone();
  }

  #cutOneWay(): void {
    const isInward = randomChance(this.#rng, 0.5);
    this.#brokenPath = isInward ? 'to-target' : 'from-target';
    const staysCut = isInward && randomChance(this.#rng, 0.5);
    this.#details = isInward ? `nothing reaches it${staysCut ? ' still' : ''}` : 'nothing it sends arrives';
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
      this.#details = `${far.length} of ${names.length} are cut off${staysCut ? ' still' : ''}`;
      this.#cluster.partition([far, names.filter((name) => !far.includes(name))]);
    } else {
      this.#details = 'it is cut off alone';
      this.#cluster.isolate(this.#target);
    }
    this.#untilGone();
    if (!staysCut) this.#healAndReturn();
  }

  /** Time only every 450 ms, which our stall detection is told to ignore here, and a socket that overflows. */
  #starveObserver(): void {
    this.#cluster.keepTraces();
    this.#details = `its observer gets ${runSliceMs} ms of time in ${starvedSliceMs}, and loses what arrives meanwhile`;
    let accused: string | undefined;
    while (accused === undefined) {
      this.#cluster.cut('all', [this.#observer], { forMs: starvedSliceMs });
      this.#cluster.pause(this.#observer, { forMs: starvedSliceMs });
      this.#cluster.runForMs(starvedSliceMs + runSliceMs);
      const traces = this.#cluster.tracesAt(this.#observer);
      accused = traces.find((event) => event.type === 'probe-failed')?.target;
    }
    this.#target = accused;
    if (accused === this.#asker) this.#asker = 'n2';
    this.#cluster.runUntil(() => this.#isSeenAs('alive'), limitMs);
    this.#runFor(5_000, 20_000);
  }

  #pauseTarget(): void {
    const resumes = randomChance(this.#rng, 0.6);
    this.#details = `it gets no time${resumes ? '' : ', still'}`;
    this.#cluster.pause(this.#target);
    this.#untilGone();
    if (!resumes) return;
    this.#cluster.resume(this.#target);
    this.#cluster.runUntil(() => this.#isSeenAs('alive'), limitMs);
    this.#runFor(3_000, 15_000);
  }

  #leave(): void {
    this.#details = 'it leaves';
    this.#cluster.leave(this.#target, { thenStop: true });
    this.#cluster.runUntil(() => this.#isSeenAs('left'), limitMs);
    this.#runFor(6_000, 25_000);
  }

  #restart(): void {
    const isHostUp = randomChance(this.#rng, machineUpShare);
    const downMs = 300 + randomFloat(this.#rng) ** 2 * 40_000;
    this.#details = `it is down for ${Math.round(downMs)} ms${isHostUp ? '' : ' with its machine'}`;
    this.#cluster.crash(this.#target, { isHostUp }).runForMs(downMs);
    this.#cluster.restart(this.#target).join(this.#target, [this.#asker]);
    this.#cluster.runForMs(1_000).runUntil(() => this.#isSeenAs('alive'), limitMs);
    this.#runFor(3_000, 20_000);
  }

  #claimName(): void {
    this.#details = 'another node starts with its name';
    this.#cluster.add(this.#target, { address: { host: '10.7.7.7', port: 7_946 }, seeds: [this.#asker] });
    this.#runFor(5_000, 40_000);
  }

  #healAndReturn(): void {
    this.#runFor(1_000, 10_000);
    this.#cluster.heal();
    this.#cluster.runUntil(() => this.#isSeenAs('alive'), limitMs);
    this.#runFor(3_000, 15_000);
  }

  /** Until all that can know believe it dead, and some seconds more. */
  #untilGone(): void {
    this.#cluster.runUntil(() => this.#isSeenAs('dead'), limitMs);
    this.#runFor(3_000, 15_000);
  }

  #isSeenAs(state: string): boolean {
    return this.#cluster.stateAt(this.#asker, this.#target) === state;
  }

  #runFor(minMs: number, maxMs: number): void {
    this.#cluster.runForMs(minMs + randomFloat(this.#rng) * (maxMs - minMs));
  }

  /** The first accuser dies, and it is known; who asks is another one. */
  #askWithoutAccuser(report: WhyReport): WhyReport {
    const accuser = report.accusers[0];
    const running = this.#cluster.nodes.filter(({ state }) => state === 'running').map(({ name }) => name);
    if (accuser === undefined || accuser === this.#target || !running.includes(accuser)) return report;
    const isCapable = (name: string): boolean => this.#cluster.core(name).kv !== undefined;
    const asker = running.find(
      (name) => name !== accuser && name !== this.#target && isCapable(name) && this.#isOnOurSide(name),
    );
    assert(asker !== undefined, 'somebody is left to ask');
    this.#details += `; ${accuser}, the accuser, has died`;
    this.#cluster.crash(accuser, { isHostUp: randomChance(this.#rng, machineUpShare) });
    const isSeen = (): boolean => ['dead', undefined].includes(this.#cluster.stateAt(asker, accuser));
    this.#cluster.runUntil(isSeen, limitMs);
    return this.#ask(asker);
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
    return report!;
  }
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -7;
