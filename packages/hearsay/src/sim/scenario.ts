import type { ClusterEvent, ClusterNode } from '../cluster/index.ts';
import {
  checkSwimRules,
  swimPresets,
  type MemberState,
  type SwimConfig,
  type SwimRules,
  type SwimTraceEvent,
} from '../swim/index.ts';
import { assert, ClusterError, SeededRng, type Address, type Rng } from '../util/index.ts';
import { toBytes } from './ascii.ts';
import { bootOptions, seedNodes } from './boot-options.ts';
import { convergenceBoundMs } from './bounds.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checkers/checker.ts';
import { checkersFor } from './checkers/index.ts';
import { KvActions } from './kv-actions.ts';
import { Recorder, toBrief, type BriefEvent } from './recorder.ts';
import type { ScenarioOptions } from './scenario-options.ts';
import { quietNetwork, type LinkRuleId, type LinkRuleOptions, type NodeSet } from './sim-network.ts';
import { SerfActions } from './serf-actions.ts';
import type { SimNode } from './sim-node.ts';
import { Simulator } from './simulator.ts';
import { Transcript } from './transcript.ts';
import { formCluster } from './warm-start.ts';

/** For how long a fault lasts; without it until {@link Scenario.heal}. */
export interface FaultSpan {
  readonly forMs?: number;
}

/** How a process starts again. */
export interface RestartOptions {
  readonly memory?: 'lost' | 'kept';
  readonly address?: Address;
  readonly snapshotLength?: number;
}

/** What is not yet as it must be at rest. */
export interface Unsettled {
  readonly invariant: string;
  readonly problem: string;
}

const CHECKED_NODES_MAX = 64;
/** How long a leave may take, and when a process that is to stop after it ends. */
export const LEAVE_TIMEOUT_MS = 5_000;
const DEFAULT_LIMIT_MS = 10 * 60_000;
/** Keeps what crashes leave on disks apart from all other chance. */
const DISK_STREAM = -3;

/** Starts a simulated cluster. Time stands still until it is told to run. */
export function simulate(options: ScenarioOptions): Scenario {
  return new Scenario(options);
}

/**
 * A simulated cluster as tests use it: nodes by name, faults by name, and time by the millisecond. Every method that
 * lets time pass ends the run with {@link InvariantBroken} when an invariant is broken on the way.
 */
export class Scenario {
  readonly simulator: Simulator;
  readonly config: SwimConfig;
  readonly transcript: Transcript;
  /** What users of a Serf pool do. */
  readonly serf: SerfActions;
  /** What users of gossiped state do. */
  readonly kv: KvActions;
  /** Nodes that are cut off for good and need not agree with the rest. */
  readonly outcasts: Set<SimNode> = new Set();
  readonly #options: ScenarioOptions;
  readonly #checkers: readonly Checker[];
  readonly #rules: Set<LinkRuleId> = new Set();
  readonly #recorder: Recorder = new Recorder();
  readonly #leaving: Set<SimNode> = new Set();
  /** When the host of a node crashed that has not come back. */
  readonly #powerLostAtMs: Map<SimNode, number> = new Map();
  readonly #diskRng: Rng;

  constructor(options: ScenarioOptions) {
    const { seed, network, aead } = options;
    this.#options = options;
    this.config = { ...swimPresets[options.profile ?? 'lan'], ...options.swim };
    this.simulator = new Simulator({
      seed,
      network: { ...quietNetwork, ...network },
      ...(aead === undefined ? {} : { aead }),
    });
    const isSmall = options.nodeCount <= CHECKED_NODES_MAX;
    this.transcript = new Transcript(this.simulator, { traces: isSmall ? 'verdicts' : 'none', ...options.transcript });
    const ownCheckers = checkersFor({
      isSerf: options.serf !== undefined,
      isEncrypted: aead !== undefined,
      hasState: options.kv !== undefined,
    });
    const factories = options.checkers ?? (isSmall ? ownCheckers : []);
    this.#checkers = factories.map((create) => create(this.#context()));
    this.serf = new SerfActions(this.simulator, (name) => this.node(name));
    this.kv = new KvActions(this.simulator, (name) => this.node(name));
    this.#diskRng = new SeededRng(seed, DISK_STREAM);
    this.#observe(isSmall);
    this.#begin();
  }

  // Looking.

  get nowMs(): number {
    return this.simulator.nowMs;
  }

  get hash(): string {
    return this.simulator.hash;
  }

  get nodes(): readonly SimNode[] {
    return this.simulator.nodes;
  }

  node(name: string): SimNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new ClusterError('ERR_UNKNOWN_MEMBER', `no node is called ${name}`);
    return found;
  }

  /** The core of the node, for its commands; use {@link SimNode.step} to call them. */
  core(name: string): ClusterNode {
    return this.node(name).core;
  }

  /** What `observer` believes of `subject`; undefined when it does not know it. */
  stateAt(observer: string, subject: string): MemberState | undefined {
    return this.core(observer).memberState(subject);
  }

  /** All events of the node so far, of all its lives. */
  eventsAt(name: string): readonly BriefEvent[] {
    return this.fullEventsAt(name).map(toBrief);
  }

  fullEventsAt(name: string): readonly ClusterEvent[] {
    return this.#recorder.eventsAt(this.node(name));
  }

  /** What went on inside the node since {@link Scenario.keepTraces}. */
  tracesAt(name: string): readonly SwimTraceEvent[] {
    return this.#recorder.tracesAt(this.node(name));
  }

  /** Remembers traces from now on, for {@link Scenario.tracesAt}. Needs a small cluster. */
  keepTraces(): void {
    this.#recorder.keepsTraces = true;
  }

  /** Running, not leaving, and not cut off for good. */
  liveNodes(): readonly SimNode[] {
    return this.nodes.filter(
      (node) => node.state === 'running' && !this.#leaving.has(node) && !this.outcasts.has(node),
    );
  }

  /** By which rules the node behaves. */
  rulesOf(node: SimNode): SwimRules {
    const { rules, node: common } = this.#options;
    return checkSwimRules(rules?.(node.name) ?? common?.rules ?? 'sharp');
  }

  /** Whether the process there said goodbye. */
  isLeaving(node: SimNode): boolean {
    return this.#leaving.has(node);
  }

  // Time.

  runForMs(spanMs: number): this {
    this.#guard(() => this.simulator.runForMs(spanMs));
    return this;
  }

  /** Runs until the condition holds; ends the run when it does not within `limitMs` (ten minutes by default). */
  runUntil(condition: () => boolean, limitMs: number = DEFAULT_LIMIT_MS): this {
    this.#guard(() => {
      if (this.simulator.runUntil(condition, limitMs)) return;
      throw new InvariantBroken('run-until', `not so within ${limitMs} ms: ${String(condition)}`);
    });
    return this;
  }

  /** What is not yet as it must be at rest; undefined when nothing is. */
  unsettled(): Unsettled | undefined {
    for (const checker of this.#checkers) {
      const problem = checker.unsettled?.();
      if (problem !== undefined) return { invariant: checker.invariant, problem };
    }
    return undefined;
  }

  /**
   * Runs until all live nodes have agreed with each other and with the world for `holdMs` on end. Ends the run when that
   * takes longer than `limitMs`, by default the bound that follows from the timing. A verdict on a probe that was sent
   * while there were faults may still come a while after they are over, so it need not hold at the first try.
   */
  settle(limitMs: number = this.convergenceBoundMs, holdMs: number = 2_000): this {
    this.#guard(() => {
      const deadlineMs = this.nowMs + limitMs;
      let settledSinceMs = Infinity;
      while (!(this.nowMs - settledSinceMs >= holdMs)) {
        const unsettled = this.unsettled();
        if (unsettled === undefined) settledSinceMs = Math.min(settledSinceMs, this.nowMs);
        else settledSinceMs = Infinity;
        if (unsettled !== undefined && this.nowMs >= deadlineMs) {
          throw new InvariantBroken(unsettled.invariant, `${unsettled.problem}, after ${limitMs} ms`);
        }
        this.simulator.runForMs(SETTLE_STEP_MS);
      }
    });
    return this;
  }

  /** A check of the run's own: what it throws is told with the seed and the last lines of the transcript. */
  verify(check: () => void): this {
    this.#guard(check);
    return this;
  }

  /** How long healing may take at most, by the formulas of the protocol. */
  get convergenceBoundMs(): number {
    return convergenceBoundMs(this.config, this.nodes.length);
  }

  // Faults of the network.

  /** Nothing comes or goes. */
  isolate(name: string, span: FaultSpan = {}): this {
    const node = this.node(name);
    this.simulator.note(node, `is isolated${spanText(span)}`);
    this.#rule({ from: [node.index], to: 'all', loss: 1 }, span);
    this.#rule({ from: 'all', to: [node.index], loss: 1 }, span);
    return this;
  }

  /** Only within a group does anything arrive. Nodes in no group talk to all. */
  partition(groups: readonly (readonly string[])[], span: FaultSpan = {}): this {
    this.simulator.note(undefined, `partition ${groups.map((group) => group.join(',')).join(' | ')}${spanText(span)}`);
    const sets = groups.map((group) => this.#indices(group));
    for (const from of sets) for (const to of sets) if (from !== to) this.#rule({ from, to, loss: 1 }, span);
    return this;
  }

  /** What some send to others does not arrive; the other way is open. */
  cut(from: readonly string[] | 'all', to: readonly string[] | 'all', span: FaultSpan = {}): this {
    return this.degrade(from, to, { loss: 1 }, span);
  }

  /** Makes links lossy, slow or clogged. */
  degrade(
    from: readonly string[] | 'all',
    to: readonly string[] | 'all',
    how: Omit<LinkRuleOptions, 'from' | 'to'>,
    span: FaultSpan = {},
  ): this {
    const details = Object.entries(how).map(([key, value]) => `${key}=${String(value)}`);
    this.simulator.note(undefined, `links ${text(from)} to ${text(to)} ${details.join(' ')}${spanText(span)}`);
    this.#rule({ ...how, from: this.#indices(from), to: this.#indices(to) }, span);
    return this;
  }

  /** Ends all faults of the network, except {@link Scenario.cutOff}. */
  heal(): this {
    this.simulator.note(undefined, 'the network heals');
    for (const rule of this.#rules) this.simulator.network.removeRule(rule);
    this.#rules.clear();
    return this;
  }

  /** A fault that no healing ends: what `from` sends to `to` never arrives. Who is cut off so becomes an outcast. */
  cutOff(name: string, direction: 'cannot-send' | 'cannot-receive'): this {
    const node = this.node(name);
    this.simulator.note(node, `${direction} from now on`);
    this.outcasts.add(node);
    const self = [node.index];
    const rule: LinkRuleOptions =
      direction === 'cannot-send' ? { from: self, to: 'all', loss: 1 } : { from: 'all', to: self, loss: 1 };
    this.simulator.network.addRule(rule);
    return this;
  }

  /** Two nodes that never hear each other again; others see both. */
  divide(first: string, second: string): this {
    this.simulator.note(undefined, `${first} and ${second} do not hear each other any more`);
    const a = [this.node(first).index];
    const b = [this.node(second).index];
    this.simulator.network.addRule({ from: a, to: b, loss: 1 });
    this.simulator.network.addRule({ from: b, to: a, loss: 1 });
    return this;
  }

  // Faults of processes.

  /**
   * The process ends. With `isHostUp` its port refuses streams; otherwise nothing answers, and what its disk had not
   * synced is cut at random unless it comes back with its memory.
   */
  crash(name: string, options: { readonly isHostUp?: boolean } = {}): this {
    const node = this.node(name);
    const isHostUp = options.isHostUp ?? false;
    if (node.state === 'down') return this;
    this.simulator.note(node, isHostUp ? 'crashes' : 'crashes with its host');
    node.crash(isHostUp);
    if (!isHostUp) this.#powerLostAtMs.set(node, this.nowMs);
    return this;
  }

  /**
   * Starts the process again. `kept` memory is that of a machine restored from an image. `snapshotLength` cuts the
   * snapshot file before.
   */
  restart(name: string, options: RestartOptions = {}): this {
    const node = this.node(name);
    assert(node.state === 'down', `${name} restarts after it crashed`);
    const memory = options.memory ?? 'lost';
    this.simulator.note(node, `starts again with its memory ${memory}${options.address ? ' at a new address' : ''}`);
    if (options.address !== undefined) this.simulator.move(node, options.address);
    const powerLostAtMs = this.#powerLostAtMs.get(node);
    this.#powerLostAtMs.delete(node);
    // An image has what was not yet synced as well.
    if (powerLostAtMs !== undefined && memory === 'lost') {
      node.disk.lose(this.#diskRng);
      node.stateDisk.lose(powerLostAtMs, this.#diskRng);
    }
    if (options.snapshotLength !== undefined) node.disk.cut(options.snapshotLength);
    if (memory === 'kept') {
      node.thaw();
      return this;
    }
    this.#leaving.delete(node);
    this.#boot(node);
    return this;
  }

  /** The process gets no time; packets wait in its socket as long as there is room. */
  pause(name: string, span: FaultSpan = {}): this {
    const node = this.node(name);
    if (node.state !== 'running') return this;
    this.simulator.note(node, `gets no time${spanText(span)}`);
    node.pause();
    const { life } = node;
    if (span.forMs !== undefined) {
      this.simulator.at(this.nowMs + span.forMs, () => {
        if (node.life === life) this.resume(name);
      });
    }
    return this;
  }

  resume(name: string): this {
    const node = this.node(name);
    if (node.state !== 'paused') return this;
    this.simulator.note(node, 'gets time again');
    node.resume();
    return this;
  }

  // What users do.

  /** A further process. With the name of another one, which is then found under its own index only. */
  add(name: string, options: { readonly address?: Address; readonly seeds?: readonly string[] } = {}): SimNode {
    const node = this.simulator.addNode(name, options.address);
    this.simulator.note(node, 'starts');
    this.#boot(node);
    if (options.seeds !== undefined) this.#joinNode(node, options.seeds);
    return node;
  }

  /** Joins through the named nodes, by default the seeds. */
  join(name: string, through?: readonly string[]): this {
    this.#joinNode(this.node(name), through ?? seedNodes(this.#options, this.simulator).map((seed) => seed.name));
    return this;
  }

  /** Says goodbye. The process goes on until {@link Scenario.crash}, or ends when `thenStop` and the news is out. */
  leave(name: string, options: { readonly timeoutMs?: number; readonly thenStop?: boolean } = {}): this {
    const node = this.node(name);
    if (node.state !== 'running' || this.#leaving.has(node)) return this;
    this.simulator.note(node, 'leaves');
    this.#leaving.add(node);
    const timeoutMs = options.timeoutMs ?? LEAVE_TIMEOUT_MS;
    node.step((core, nowMs) => core.leave(nowMs, timeoutMs));
    const { life } = node;
    if (options.thenStop === true) {
      this.simulator.at(this.nowMs + timeoutMs, () => {
        if (node.life === life) this.crash(name, { isHostUp: true });
      });
    }
    return this;
  }

  updateMeta(name: string, meta: string): this {
    const node = this.node(name);
    if (node.state !== 'running' || this.#leaving.has(node)) return this;
    this.simulator.note(node, `sets its metadata to ${meta}`);
    node.step((core, nowMs) => core.updateMeta(nowMs, toBytes(meta), 10_000));
    return this;
  }

  broadcast(name: string, payload: string): this {
    const node = this.node(name);
    if (node.state !== 'running' || this.#leaving.has(node)) return this;
    this.simulator.note(node, `broadcasts ${payload}`);
    node.step((core, nowMs) => core.broadcast(nowMs, toBytes(payload)));
    return this;
  }

  #begin(): void {
    const { nodeCount, start = 'joined' } = this.#options;
    for (let i = 1; i <= nodeCount; i++) this.simulator.addNode(`n${i}`);
    for (const node of this.nodes) this.#boot(node);
    if (start === 'joined') formCluster(this.simulator);
    if (start === 'joining') for (const node of this.nodes.slice(1)) this.join(node.name);
  }

  #joinNode(node: SimNode, through: readonly string[]): void {
    if (node.state !== 'running') return;
    const addresses = through.map((name) => this.node(name)).filter((seed) => seed !== node);
    if (addresses.length === 0) return;
    this.simulator.note(node, `joins through ${through.join(',')}`);
    node.step((core, nowMs) =>
      core.join(
        nowMs,
        addresses.map((seed) => seed.address),
      ),
    );
  }

  #boot(node: SimNode): void {
    this.simulator.boot(node, bootOptions(this.#options, this.simulator, node));
  }

  #indices(names: readonly string[] | 'all'): NodeSet {
    return names === 'all' ? 'all' : names.map((name) => this.node(name).index);
  }

  #rule(options: LinkRuleOptions, span: FaultSpan): void {
    const rule = this.simulator.network.addRule(options);
    this.#rules.add(rule);
    if (span.forMs === undefined) return;
    this.simulator.at(this.nowMs + span.forMs, () => {
      this.#rules.delete(rule);
      this.simulator.network.removeRule(rule);
    });
  }

  #context(): CheckContext {
    return {
      simulator: this.simulator,
      config: this.config,
      rulesOf: (node) => this.rulesOf(node),
      core: () => this.liveNodes(),
      isLeaving: (node) => this.isLeaving(node),
      isCalm: () => this.#isCalm(),
      hasOutcasts: () => this.outcasts.size > 0,
      kvWrites: () => this.kv.writes,
      kvGossip: this.#options.kv?.gossip ?? {},
    };
  }

  #isCalm(): boolean {
    const { loss } = this.simulator.network.config;
    const isAnyPaused = this.nodes.some((node) => node.state === 'paused');
    return loss <= CALM_LOSS_MAX && this.#rules.size === 0 && this.outcasts.size === 0 && !isAnyPaused;
  }

  #observe(keepsEvents: boolean): void {
    const { simulator } = this;
    simulator.observe(this.transcript);
    for (const checker of this.#checkers) simulator.observe(checker);
    if (this.#options.serf !== undefined) simulator.observe(this.serf);
    if (!keepsEvents) return;
    simulator.observe(this.#recorder);
  }

  /** A failure names the seed, the instant and what happened last. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const tail = this.transcript.text(TAIL_LINES);
      error.message = `${error.message}\n  seed ${this.simulator.seed}, at ${this.nowMs} ms; before that:\n${tail}`;
      throw error;
    }
  }
}

const SETTLE_STEP_MS = 500;
/** So little loss is made up for by sending every rumor several times. */
const CALM_LOSS_MAX = 0.05;
const TAIL_LINES = 60;

function text(names: readonly string[] | 'all'): string {
  return names === 'all' ? 'all' : names.join(',');
}

function spanText(span: FaultSpan): string {
  return span.forMs === undefined ? '' : ` for ${span.forMs} ms`;
}
