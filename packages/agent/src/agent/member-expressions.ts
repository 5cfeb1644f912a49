import { compilePattern } from 'hearsay';

/** Conditions of one request. No member has more tags. */
const conditionsMax = 256;
/** Steps that the expressions of one request may take whatever the number of members: a fifth of a second at worst. */
const requestStepsMax = 200_000;
/** And for each member. A plain expression takes about three steps a character. */
const memberStepsMax = 400;

/**
 * The expressions of one request for members. Compiling and matching them takes steps of one budget: whoever can ask
 * must not be able to keep the agent from all else.
 */
export class MemberExpressions {
  readonly #stepsMax: number;
  readonly #budget: { stepsLeft: number };
  readonly #conditionCount: number;

  constructor(memberCount: number, conditionCount: number) {
    this.#stepsMax = requestStepsMax + memberStepsMax * memberCount;
    this.#budget = { stepsLeft: this.#stepsMax };
    this.#conditionCount = conditionCount;
  }

  /** Undefined when it is no expression, or when there is a {@link MemberExpressions.problem}. */
  compile(expression: string): ((text: string) => boolean) | undefined {
    if (this.problem !== undefined) return undefined;
    const pattern = compilePattern(expression, this.#budget);
    return pattern && ((text) => pattern.test(text, this.#budget));
  }

  /** Which limit the request has met; what was found is then worth nothing. */
  get problem(): string | undefined {
    if (this.#conditionCount > conditionsMax) {
      return `there are ${this.#conditionCount} conditions, the limit is ${conditionsMax}`;
    }
    const { stepsLeft } = this.#budget;
    if (stepsLeft > 0) return undefined;
    return `the expressions take ${this.#stepsMax - stepsLeft} steps or more, the limit is ${this.#stepsMax}`;
  }
}
