export { bucketOf } from './bucket.ts';
export {
  checkFlag,
  describeProblems,
  flagSchema,
  type FlagCheck,
  type FlagProblem,
  type FlagSchema,
} from './check-flag.ts';
export { evaluateFlag } from './evaluate.ts';
export { explainFlag, type FlagExplanation } from './explain.ts';
export {
  flagKey,
  flagLimits,
  flagNameOf,
  flagPrefix,
  flagTypeOf,
  targetingKey,
  valueTypeOf,
  type Flag,
  type FlagCondition,
  type FlagContext,
  type FlagOperator,
  type FlagRule,
  type FlagScalar,
  type FlagShare,
  type FlagType,
  type FlagValue,
  type JsonValue,
} from './flag.ts';
export type { FlagFailed, FlagOff, FlagOutcome, FlagReason, FlagServed } from './outcome.ts';
