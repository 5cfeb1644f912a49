import type { SimNode } from '../sim-node.ts';

/** What is wrong with what one of the observers believes of one of the subjects: the first such problem, if there is any. */
export function firstProblem(
  observers: readonly SimNode[],
  subjects: readonly SimNode[],
  problemOf: (observer: SimNode, subject: SimNode) => string | undefined,
): string | undefined {
  for (const observer of observers) {
    for (const subject of subjects) {
      const problem = problemOf(observer, subject);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}
