import {
  abortRotation,
  newRotation,
  nextStep,
  readRotationState,
  type KeysResult,
  type RotationObservation,
  type RotationState,
  type RotationStep,
} from 'hearsay/core';
import type { Scenario, SimResult } from 'hearsay/sim';

/** How a rotation is set up. */
export interface SimRotationOptions {
  readonly target: Uint8Array;
  /** The node whose key commands it uses. */
  readonly through: string;
  /** What that node tells: everything by name, or counts alone as over RPC. */
  readonly telling: 'names' | 'counts';
  /** A mistake of who rotates: what it takes for true. @defaultValue none */
  readonly mistake?: Mistake;
}

/** Turns what is there into what is taken for true. */
export type Mistake = (observation: RotationObservation, state: RotationState) => RotationObservation;

/** What befalls an operation, and whether who rotates crashes then and has but what is stored. */
export interface Trouble {
  /** Before the first operation of that name in that phase, as `use/list`. */
  readonly point: string;
  readonly moment: 'before' | 'during' | 'after';
  readonly isForgotten: boolean;
  readonly strike: () => void;
}

/** Every operation of a rotation, named by the phase it belongs to. */
export const points: readonly string[] = [
  'survey/list',
  'install/install',
  'install/list',
  'use/use',
  'use/list',
  'remove/remove',
  'remove/list',
];

type Operation = Exclude<RotationStep, { readonly do: 'wait' | 'done' | 'refuse' }>;

const waitMs = 2_000;
const roundsMax = 200;
/** An operation is spread and under way, but not everywhere and not over. */
const duringMs = 150;
const operationMaxMs = 60_000;

/** The rotation as an operator runs it against a simulated pool: one step, its operation, its answer, the next step. */
export class SimRotation {
  /** The node that is asked; another one takes over when this is set. */
  through: string;
  /** Strikes once. */
  trouble: Trouble | undefined;
  /** What was done, in order. */
  readonly steps: RotationStep[] = [];
  readonly #pool: Scenario;
  readonly #options: SimRotationOptions;
  #stored: string;
  #answer: RotationObservation['answer'];

  constructor(pool: Scenario, options: SimRotationOptions) {
    this.#pool = pool;
    this.#options = options;
    this.through = options.through;
    this.#stored = JSON.stringify(newRotation(Buffer.from(options.target).toString('base64')));
  }

  /** As who comes after a crash reads it. */
  get state(): RotationState {
    return readRotationState(JSON.parse(this.#stored))!;
  }

  /** The operator crashed: what was answered is lost. */
  forget(): void {
    this.#answer = undefined;
  }

  abort(): RotationStep {
    const { state, step } = abortRotation(this.state);
    this.#store(state);
    return step;
  }

  /** Goes on until `condition` holds between two steps, or it is over; returns the last step. */
  runUntil(condition: (last: RotationStep) => boolean): RotationStep {
    for (let round = 0; round < roundsMax; round += 1) {
      const step = this.step();
      if (step.do === 'done' || step.do === 'refuse' || condition(step)) return step;
      if (step.do === 'wait') this.#pool.runForMs(waitMs);
    }
    throw new Error(`it does not come to an end, after ${this.steps.slice(-10).map(toText).join('; ')}`);
  }

  /** Until it is done or refused. */
  finish(): RotationStep {
    return this.runUntil(() => false);
  }

  step(): RotationStep {
    if (!this.#isAgentUp) return this.#note({ do: 'wait', reason: `${this.through} is away` });
    const { state, step } = nextStep(this.state, this.#observe());
    this.#store(state);
    this.#note(step);
    if (step.do === 'wait' || step.do === 'done' || step.do === 'refuse') return step;
    this.#operate(state, step);
    return step;
  }

  #operate(state: RotationState, step: Operation): void {
    const trouble = this.trouble?.point === `${state.phase}/${step.do}` ? this.trouble : undefined;
    if (trouble !== undefined) this.trouble = undefined;
    if (trouble?.moment === 'before') {
      trouble.strike();
      if (trouble.isForgotten || !this.#isAgentUp) return;
    }
    const outcome = this.#begin(step);
    const { life } = this.#pool.node(this.through);
    if (trouble?.moment === 'during') {
      this.#pool.runForMs(duringMs);
      trouble.strike();
      if (trouble.isForgotten) return;
    }
    const isCut = (): boolean => !this.#isAgentUp || this.#pool.node(this.through).life !== life;
    this.#pool.runUntil(() => outcome.result !== undefined || isCut(), operationMaxMs);
    if (trouble?.moment === 'after') {
      trouble.strike();
      if (trouble.isForgotten) return;
    }
    if (outcome.result === undefined) return;
    const key = step.do === 'list' ? undefined : step.key;
    this.#answer = { operation: step.do, key, result: this.#tell(outcome.result) };
  }

  #begin(step: Operation): SimResult<KeysResult> {
    const { serf } = this.#pool;
    if (step.do === 'list') return serf.listKeys(this.through);
    const key = Buffer.from(step.key, 'base64');
    return serf[`${step.do}Key`](this.through, key);
  }

  #tell(result: KeysResult): NonNullable<RotationObservation['answer']>['result'] {
    if (this.#options.telling === 'names') return result;
    const { nodeCount, responseCount, errorCount, messages, keys } = result;
    return { nodeCount, responseCount, errorCount, messages, ...(keys !== undefined && { keys }) };
  }

  #observe(): RotationObservation {
    const members = this.#pool.core(this.through).serfMembers.map(({ name, status }) => ({ name, status }));
    const observation = { members, ...(this.#answer !== undefined && { answer: this.#answer }) };
    return this.#options.mistake?.(observation, this.state) ?? observation;
  }

  get #isAgentUp(): boolean {
    return this.#pool.node(this.through).state === 'running';
  }

  #store(state: RotationState): void {
    this.#stored = JSON.stringify(state);
    this.#answer = undefined;
  }

  #note(step: RotationStep): RotationStep {
    this.steps.push(step);
    return step;
  }
}

/** What a step was, for people. */
export function toText({ do: what, reason }: RotationStep): string {
  return `${what} (${reason})`;
}
