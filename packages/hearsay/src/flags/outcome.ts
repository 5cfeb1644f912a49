import type { FlagScalar, FlagValue } from './flag.ts';

/** Why a variant was served; the words of OpenFeature (specification, types, "Resolution Details"). */
export type FlagReason =
  /** The flag has no rules. */
  | 'STATIC'
  /** It has, and none served the one who asks. */
  | 'DEFAULT'
  /** A rule served its variant. */
  | 'TARGETING_MATCH'
  /** A rule with percentages served one of its shares. */
  | 'SPLIT'
  /** The flag is not enabled. */
  | 'DISABLED';

/** What came of an evaluation. */
export type FlagOutcome = FlagServed | FlagOff | FlagFailed;

/** A variant of the flag. */
export interface FlagServed {
  readonly type: 'served';
  readonly value: FlagValue;
  readonly variant: string;
  readonly reason: FlagReason;
  /** The rule that served, from 0. */
  readonly ruleIndex?: number;
  readonly metadata: Readonly<Record<string, FlagScalar>>;
}

/** The flag is not enabled and has no `offVariant`: the program uses its own default. */
export interface FlagOff {
  readonly type: 'off';
  readonly reason: 'DISABLED';
  readonly metadata: Readonly<Record<string, FlagScalar>>;
}

/** A rule with percentages needs an attribute that the context does not have: the program uses its own default. */
export interface FlagFailed {
  readonly type: 'failed';
  /** `TARGETING_KEY_MISSING` for the attribute `targetingKey`, `INVALID_CONTEXT` for any other. */
  readonly code: 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT';
  readonly message: string;
  readonly ruleIndex: number;
  readonly metadata: Readonly<Record<string, FlagScalar>>;
}
