import type { CharClass } from './char-class.ts';
import type { Assertion, PatternNode } from './pattern-node.ts';

/** A state of the automaton. `next` and `other` are indices of states. */
export type State =
  | { readonly op: 'literal'; readonly codePoint: number; readonly next: number }
  | { readonly op: 'class'; readonly class: CharClass; readonly next: number }
  | { readonly op: 'assertion'; readonly assertion: Assertion; readonly next: number }
  | { readonly op: 'split'; next: number; readonly other: number }
  | { readonly op: 'match' };

/** An automaton with several states at once instead of one that tries and goes back (Thompson 1968). */
export interface PatternProgram {
  readonly states: readonly State[];
  readonly start: number;
}

/** The program of `node`: every state is made after the one that it leads to. */
export function compileProgram(node: PatternNode): PatternProgram {
  const states: State[] = [{ op: 'match' }];
  const start = addNode(states, node, 0);
  return { states, start };
}

/** Adds the states of `node`, which lead on to `next`, and returns the first of them. */
function addNode(states: State[], node: PatternNode, next: number): number {
  switch (node.type) {
    case 'literal':
      return states.push({ op: 'literal', codePoint: node.codePoint, next }) - 1;
    case 'class':
      return states.push({ op: 'class', class: node.class, next }) - 1;
    case 'assertion':
      return states.push({ op: 'assertion', assertion: node.assertion, next }) - 1;
    case 'sequence':
      return node.items.reduceRight((after, item) => addNode(states, item, after), next);
    case 'alternatives':
      return node.branches
        .map((branch) => addNode(states, branch, next))
        .reduceRight((other, branch) => states.push({ op: 'split', next: branch, other }) - 1);
    case 'repeat':
      return addRepeat(states, node.item, node.min, node.max, next);
  }
}

function addRepeat(states: State[], item: PatternNode, min: number, max: number, next: number): number {
  let start = next;
  let left = min;
  if (max === Infinity) {
    const loop: State = { op: 'split', next, other: next };
    const loopIndex = states.push(loop) - 1;
    loop.next = addNode(states, item, loopIndex);
    start = min === 0 ? loopIndex : loop.next;
    left = Math.max(min - 1, 0);
  } else {
    for (let count = min; count < max; count += 1) {
      const optional = addNode(states, item, start);
      start = states.push({ op: 'split', next: optional, other: next }) - 1;
    }
  }
  for (; left > 0; left -= 1) start = addNode(states, item, start);
  return start;
}
