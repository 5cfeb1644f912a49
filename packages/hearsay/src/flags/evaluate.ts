import { bucketOf } from './bucket.ts';
import { attributeOf, meets } from './condition.ts';
import { flagLimits, targetingKey, type Flag, type FlagCondition, type FlagContext, type FlagShare } from './flag.ts';
import type { FlagFailed, FlagOutcome, FlagReason, FlagServed } from './outcome.ts';

/** What was found on the way through the rules; {@link explainFlag} puts it into words. */
export type FlagStep =
  | { readonly type: 'condition-failed'; readonly ruleIndex: number; readonly condition: FlagCondition }
  | { readonly type: 'outside'; readonly ruleIndex: number; readonly by: string; readonly bucket: number }
  | { readonly type: 'inside'; readonly ruleIndex: number; readonly by: string; readonly bucket: number };

/**
 * What a checked flag serves to the one whom `context` describes. Takes the first rule that serves, and reads nothing
 * else than its arguments.
 */
export function evaluateFlag(
  name: string,
  flag: Flag,
  context: FlagContext,
  onStep?: (step: FlagStep) => void,
): FlagOutcome {
  if (flag.enabled === false) {
    return flag.offVariant === undefined
      ? { type: 'off', reason: 'DISABLED', metadata: flag.metadata ?? {} }
      : serve(flag, flag.offVariant, 'DISABLED');
  }
  const rules = flag.rules ?? [];
  for (const [ruleIndex, rule] of rules.entries()) {
    const failed = rule.when?.find((condition) => !meets(condition, context));
    if (failed !== undefined) {
      onStep?.({ type: 'condition-failed', ruleIndex, condition: failed });
      continue;
    }
    if (typeof rule.serve === 'string') return serve(flag, rule.serve, 'TARGETING_MATCH', ruleIndex);
    const by = rule.by ?? targetingKey;
    const subject = attributeOf(context, by);
    if (subject === undefined || subject === '') return lackOf(by, ruleIndex, flag);
    const bucket = bucketOf(flag.salt ?? name, String(subject));
    const variant = variantAt(rule.serve, bucket);
    onStep?.({ type: variant === undefined ? 'outside' : 'inside', ruleIndex, by, bucket });
    if (variant !== undefined) return serve(flag, variant, 'SPLIT', ruleIndex);
  }
  return serve(flag, flag.defaultVariant, rules.length === 0 ? 'STATIC' : 'DEFAULT');
}

/** A percentage in buckets. */
export function bucketsOf(percent: number): number {
  return Math.round((percent * flagLimits.buckets) / 100);
}

function variantAt(shares: readonly FlagShare[], bucket: number): string | undefined {
  let end = 0;
  for (const { variant, percent } of shares) {
    end += bucketsOf(percent);
    if (bucket < end) return variant;
  }
  return undefined;
}

function serve(flag: Flag, variant: string, reason: FlagReason, ruleIndex?: number): FlagServed {
  return {
    type: 'served',
    value: flag.variants[variant]!,
    variant,
    reason,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    metadata: flag.metadata ?? {},
  };
}

function lackOf(by: string, ruleIndex: number, flag: Flag): FlagFailed {
  return {
    type: 'failed',
    code: by === targetingKey ? 'TARGETING_KEY_MISSING' : 'INVALID_CONTEXT',
    message: `rule ${ruleIndex + 1} serves shares by the attribute ${by}, which the context does not have`,
    ruleIndex,
    metadata: flag.metadata ?? {},
  };
}
