import type { CheckContext, Checker } from './checker.ts';
import { firstProblem } from './first-problem.ts';

/**
 * A member that runs and can be reached may be suspected, and under faults even be declared dead, but never for good:
 * once faults are over everybody lists it as alive.
 */
export class NoFalseDeath implements Checker {
  readonly invariant: string = 'no-false-death';
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  unsettled(): string | undefined {
    const core = this.#context.core();
    return firstProblem(core, core, (observer, subject) => {
      const state = observer.core.memberState(subject.name);
      if (state === 'alive' || (state === 'suspect' && this.#context.hasOutcasts())) return undefined;
      return `${observer.name} lists ${subject.name} as ${state ?? 'unknown'}, which is alive and connected`;
    });
  }
}
