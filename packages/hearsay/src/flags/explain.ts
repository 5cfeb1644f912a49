import { attributeOf, describeCondition, show } from './condition.ts';
import { evaluateFlag, type FlagStep } from './evaluate.ts';
import { flagLimits, type Flag, type FlagContext, type FlagRule } from './flag.ts';
import type { FlagOutcome } from './outcome.ts';

/** An evaluation, and how it came about. */
export interface FlagExplanation {
  readonly outcome: FlagOutcome;
  /** In words, one step a line; the last line is the outcome. */
  readonly lines: readonly string[];
}

/** Evaluates as {@link evaluateFlag} does, and says in words what each rule found. */
export function explainFlag(name: string, flag: Flag, context: FlagContext): FlagExplanation {
  const lines: string[] = [];
  const outcome = evaluateFlag(name, flag, context, (step) => lines.push(describeStep(step, flag, context)));
  return { outcome, lines: [...lines, ...describeOutcome(outcome, flag)] };
}

function describeStep(step: FlagStep, flag: Flag, context: FlagContext): string {
  const rule = flag.rules![step.ruleIndex]!;
  const head = describeRule(rule, step.ruleIndex);
  if (step.type === 'condition-failed') {
    const { attribute } = step.condition;
    const actual = attributeOf(context, attribute);
    const found = actual === undefined ? 'it is not there' : `it is ${show(actual)}`;
    return `${head}: passed over, wants that ${attribute} ${describeCondition(step.condition)}; ${found}`;
  }
  const shares = typeof rule.serve === 'string' ? [] : rule.serve.map((share) => `${share.variant} ${share.percent} %`);
  const where = step.type === 'inside' ? 'within' : 'outside';
  const subject = `${step.by} ${show(attributeOf(context, step.by)!)} falls at ${percentOf(step.bucket)} %`;
  return `${head}: ${subject}, ${where} its shares (${shares.join(', ')})`;
}

function describeOutcome(outcome: FlagOutcome, flag: Flag): string[] {
  if (outcome.type === 'off') return ["the flag is not enabled: the program's own default counts"];
  if (outcome.type === 'failed') return [`${outcome.message}: the program's own default counts`];
  const result = `${outcome.variant} = ${JSON.stringify(outcome.value)}`;
  switch (outcome.reason) {
    case 'DISABLED':
      return [`the flag is not enabled: serves ${result}`];
    case 'STATIC':
      return [`the flag has no rules: serves ${result}`];
    case 'DEFAULT':
      return [`no rule serves: the default variant ${result}`];
    case 'TARGETING_MATCH':
    case 'SPLIT':
      return [`${describeRule(flag.rules![outcome.ruleIndex!]!, outcome.ruleIndex!)} serves ${result}`];
  }
}

function describeRule(rule: FlagRule, index: number): string {
  return `rule ${index + 1}${rule.description === undefined ? '' : ` (${rule.description})`}`;
}

function percentOf(bucket: number): string {
  return ((bucket * 100) / flagLimits.buckets).toFixed(3);
}
