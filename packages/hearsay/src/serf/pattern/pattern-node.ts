import type { CharClass } from './char-class.ts';

/** A condition on the place between two characters. */
export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordBoundary' | 'noWordBoundary';

/** A parsed expression. Groups, names and laziness are gone: they make no difference to whether there is a match. */
export type PatternNode =
  | { readonly type: 'literal'; readonly codePoint: number }
  | { readonly type: 'class'; readonly class: CharClass }
  | { readonly type: 'assertion'; readonly assertion: Assertion }
  /** One after the other; none is the empty expression. */
  | { readonly type: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly type: 'alternatives'; readonly branches: readonly PatternNode[] }
  /** `max` may be Infinity. */
  | {
      readonly type: 'repeat';
      readonly item: PatternNode;
      readonly min: number;
      readonly max: number;
      /** How often the innermost item may be repeated by counts, all nested ones multiplied. */
      readonly times: number;
    };

/** How many states the program of `node` has. */
export function stateCount(node: PatternNode): number {
  switch (node.type) {
    case 'literal':
    case 'class':
    case 'assertion':
      return 1;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + stateCount(item), 0);
    case 'alternatives':
      return node.branches.reduce((sum, branch) => sum + 1 + stateCount(branch), -1);
    case 'repeat': {
      const { min, max } = node;
      const itemCount = stateCount(node.item);
      return max === Infinity ? Math.max(min, 1) * itemCount + 1 : max * itemCount + (max - min);
    }
  }
}

/** How often counts inside `node` may repeat their items, at most. */
export function repeatTimes(node: PatternNode): number {
  switch (node.type) {
    case 'sequence':
      return node.items.reduce((most, item) => Math.max(most, repeatTimes(item)), 1);
    case 'alternatives':
      return node.branches.reduce((most, branch) => Math.max(most, repeatTimes(branch)), 1);
    case 'repeat':
      return node.times;
    default:
      return 1;
  }
}
