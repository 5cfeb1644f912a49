import type { RuleSetName } from '../../swim/index.ts';
import type { ExperimentCell } from './experiment.ts';
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
