import { setTimeout as delay } from 'node:timers/promises';
import type { RotationStep } from 'hearsay/core';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { json, safeText } from '../output.ts';

/** How a run of the command ended. */
export type RotationOutcome = 'done' | 'refused' | 'planned' | 'unchanged' | 'interrupted';

/** The flags that the report and its pauses need, in milliseconds. */
export interface ReportFlags {
  readonly interval: number;
  readonly json?: boolean;
  readonly state: string;
  readonly timeout: number;
}

/** Tells people of each step as it is taken, and programs of all of them in the end. */
export class RotationReport {
  readonly #context: CommandContext;
  readonly #flags: ReportFlags;
  readonly #startedAtMs: number = performance.now();
  /** The last reason told for each kind of step. */
  readonly #told: Map<RotationStep['do'], string> = new Map();
  readonly #steps: { readonly do: RotationStep['do']; readonly reason: string }[] = [];

  constructor({ flags, ...context }: CommandContext & { readonly flags: ReportFlags }) {
    this.#context = context;
    this.#flags = flags;
  }

  begin(): void {
    this.#show(`==> Rotating the key of the pool; ${this.#flags.state} keeps how far it has come\n`);
  }

  /** A step that is about to be taken. While the pool is looked at again and again, only what is new is told. */
  take({ do: what, reason }: RotationStep): void {
    if (this.#told.get(what) === reason) return;
    if (what !== 'list' && what !== 'wait') this.#told.clear();
    this.#told.set(what, reason);
    this.#steps.push({ do: what, reason });
    this.#show(`    ${what}: ${safeText(reason)}\n`);
  }

  /** Waits before the next look; rejects when members were waited for long enough, or `signal` aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    const { interval, timeout, state } = this.#flags;
    if (performance.now() - this.#startedAtMs + interval > timeout) {
      const reason = this.#steps.at(-1)?.reason ?? '';
      throw new CliError(`not finished within ${timeout} ms: ${reason}. Go on with -resume -state=${state}`);
    }
    await delay(interval, undefined, { signal });
  }

  end(outcome: RotationOutcome, steps: readonly RotationStep[] = []): void {
    if (outcome === 'planned') this.#show('==> These steps would be taken\n');
    for (const step of steps) this.take(step);
    const isRefused = outcome === 'refused' || this.#steps.at(-1)?.do === 'refuse';
    if (isRefused) this.#context.setExitCode(ExitCode.answerIsNo);
    if (outcome === 'interrupted') this.#context.setExitCode(ExitCode.interrupted);
    this.#show(this.#lastLine(outcome));
    const { json: isJson, state: stateFile } = this.#flags;
    if (isJson === true) {
      this.#context.io.out(json({ schema: 'hearsay/keys-rotate/1', outcome, stateFile, steps: this.#steps }));
    }
  }

  #lastLine(outcome: RotationOutcome): string {
    const { state } = this.#flags;
    switch (outcome) {
      case 'done':
        return `==> Done. The key in use is the \`target\` in ${state}\n`;
      case 'refused':
        return '==> Refused\n';
      case 'interrupted':
        return `==> Interrupted. Go on with -resume -state=${state}, or call it off with -abort\n`;
      case 'planned':
      case 'unchanged':
        return '==> Nothing was changed\n';
    }
  }

  /** Lines for people; beside a document they go to standard error. */
  #show(line: string): void {
    const { io } = this.#context;
    if (this.#flags.json === true) io.err(line);
    else io.out(line);
  }
}
