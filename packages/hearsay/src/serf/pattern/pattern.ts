import { serfLimits } from '../limits.ts';
import { stateCount, type Assertion } from './pattern-node.ts';
import { parsePattern } from './pattern-parser.ts';
import { compileProgram, type PatternProgram } from './pattern-program.ts';

/** How many steps an expression from the network may still take; counted down while it is compiled and run. */
export interface StepBudget {
  stepsLeft: number;
}

/**
 * An expression in the syntax of RE2 and Go, which finds its match anywhere in a text. The time it takes grows with
 * the length of the text times that of the expression, whatever they are: it may come from the network.
 */
export class Pattern {
  readonly #program: PatternProgram;
  /** The states in which the automaton is, without splits and assertions. */
  readonly #current: number[] = [];
  readonly #waiting: number[] = [];
  /** For each state the round in which it was last entered. */
  readonly #enteredIn: Float64Array;
  #round: number = 0;

  /** Made by {@link compilePattern}. */
  constructor(program: PatternProgram) {
    this.#program = program;
    this.#enteredIn = new Float64Array(program.states.length);
  }

  /** How many states the automaton has. */
  get stateCount(): number {
    return this.#program.states.length;
  }

  /** Whether there is a match anywhere in `text`. False as well when `budget` is used up before it is known. */
  test(text: string, budget: StepBudget = { stepsLeft: Infinity }): boolean {
    let before = -1;
    let index = 0;
    let entering: number[] = [];
    while (budget.stepsLeft > 0) {
      const codePoint = codePointAt(text, index);
      entering.push(this.#program.start);
      if (this.#enterAll(entering, before, codePoint, budget)) return true;
      if (codePoint < 0) return false;
      entering = this.#leaveBy(codePoint, budget);
      before = codePoint;
      index += widthAt(text, index);
    }
    return false;
  }

  /**
   * Enters the states between the two characters, and what can be reached from them. True when that is the match. Takes
   * a step for each that is left again without a character.
   */
  #enterAll(entering: readonly number[], before: number, after: number, budget: StepBudget): boolean {
    const { states } = this.#program;
    this.#round += 1;
    this.#current.length = 0;
    for (const start of entering) {
      this.#waiting.push(start);
      while (this.#waiting.length > 0) {
        const index = this.#waiting.pop()!;
        if (this.#enteredIn[index] === this.#round) continue;
        this.#enteredIn[index] = this.#round;
        const state = states[index]!;
        switch (state.op) {
          case 'match':
            this.#waiting.length = 0;
            return true;
          case 'split':
            budget.stepsLeft -= 1;
            this.#waiting.push(state.other, state.next);
            break;
          case 'assertion':
            budget.stepsLeft -= 1;
            if (holds(state.assertion, before, after)) this.#waiting.push(state.next);
            break;
          default:
            this.#current.push(index);
        }
      }
    }
    return false;
  }

  /** Where the current states lead with `codePoint`. Takes a step for each of them, and one for each item of a class. */
  #leaveBy(codePoint: number, budget: StepBudget): number[] {
    const { states } = this.#program;
    const entering: number[] = [];
    budget.stepsLeft -= 1 + this.#current.length;
    for (const index of this.#current) {
      const state = states[index]!;
      if (state.op === 'literal') {
        if (state.codePoint === codePoint) entering.push(state.next);
      } else if (state.op === 'class') {
        budget.stepsLeft -= state.class.itemCount;
        if (state.class.has(codePoint)) entering.push(state.next);
      }
    }
    return entering;
  }
}

/**
 * Reads an expression in the syntax of RE2 and Go. Undefined when it is not one, or has more states than
 * `serfLimits.patternStatesMax`. Compiling takes from `budget` too.
 */
export function compilePattern(expression: string, budget: StepBudget = { stepsLeft: Infinity }): Pattern | undefined {
  const node = parsePattern(expression);
  if (node === undefined) return undefined;
  const count = stateCount(node);
  budget.stepsLeft -= expression.length + count;
  if (count > serfLimits.patternStatesMax || budget.stepsLeft <= 0) return undefined;
  return new Pattern(compileProgram(node));
}

/** `before` and `after` are -1 where there is no character. */
function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'textStart':
      return before < 0;
    case 'textEnd':
      return after < 0;
    case 'lineStart':
      return before < 0 || before === 0x0a;
    case 'lineEnd':
      return after < 0 || after === 0x0a;
    case 'wordBoundary':
      return isWord(before) !== isWord(after);
    case 'noWordBoundary':
      return isWord(before) === isWord(after);
  }
}

/** ASCII only, as in RE2. */
function isWord(codePoint: number): boolean {
  return (
    (codePoint >= 0x61 && codePoint <= 0x7a) ||
    (codePoint >= 0x41 && codePoint <= 0x5a) ||
    (codePoint >= 0x30 && codePoint <= 0x39) ||
    codePoint === 0x5f
  );
}

const REPLACEMENT = 0xfffd;

/** The code point at `index`, -1 at the end. A byte that is not UTF-8 counts as U+FFFD, as in Go. */
function codePointAt(text: string, index: number): number {
  const codePoint = text.codePointAt(index) ?? -1;
  return codePoint >= 0xd800 && codePoint <= 0xdfff ? REPLACEMENT : codePoint;
}

function widthAt(text: string, index: number): number {
  return text.codePointAt(index)! > 0xffff ? 2 : 1;
}
