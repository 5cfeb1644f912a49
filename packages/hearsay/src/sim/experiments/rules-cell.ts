import type { RuleSetName } from '../../swim/index.ts';
import { byCell, type CellRun, type ExperimentCell } from './experiment.ts';
import { figureText } from './figure-text.ts';

/** A cluster of a size, all of whose members behave by the same rules. */
export interface RulesCell extends ExperimentCell {
  readonly nodeCount: number;
  readonly rules: RuleSetName;
}

/** The cell of that cluster, where nothing else tells it from others. */
export function rulesCell(nodeCount: number, rules: RuleSetName): RulesCell {
  return { id: `n=${nodeCount} rules=${rules}`, nodeCount, rules };
}

/** As tables and plots name it. */
export function rulesLabel({ nodeCount, rules }: RulesCell): string {
  return `N = ${figureText(nodeCount)}, rules ${rules}`;
}

/** As {@link byCell}, smaller clusters first, and of a size the rules of memberlist before ours. */
export function byRulesCell<Cell extends RulesCell, Result>(
  runs: readonly CellRun<Cell, Result>[],
): ReturnType<typeof byCell<Cell, Result>> {
  const ofOurs = ({ rules }: RulesCell): number => (rules === 'memberlist' ? 0 : 1);
  return byCell(runs).toSorted(({ cell: a }, { cell: b }) => a.nodeCount - b.nodeCount || ofOurs(a) - ofOurs(b));
}
