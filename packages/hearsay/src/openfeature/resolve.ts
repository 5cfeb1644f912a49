import {
  ErrorCode,
  StandardResolutionReasons,
  type FlagMetadata,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import {
  evaluateFlag,
  flagTypeOf,
  type Flag,
  type FlagContext,
  type FlagServed,
  type FlagType,
} from '../flags/index.ts';

/** A flag that can be evaluated, and whether it may be out of date; or why its document cannot be read. */
export type KnownFlag = { readonly flag: Flag; readonly isStale: boolean } | { readonly problem: string };

/** What is asked for. */
export interface FlagRequest<Value> {
  readonly name: string;
  readonly type: FlagType;
  readonly defaultValue: Value;
  readonly context: FlagContext;
}

/**
 * Answers a request in the words of OpenFeature. Never throws: what goes wrong is an error code beside the default value.
 *
 * Of a flag that may be out of date the reason is `STALE`, and the metadata `evaluation` has the reason besides that.
 */
export function resolveFlag<Value>(
  request: FlagRequest<Value>,
  known: KnownFlag | undefined,
): ResolutionDetails<Value> {
  const { name, type, defaultValue } = request;
  if (known === undefined) return failure(defaultValue, ErrorCode.FLAG_NOT_FOUND, `there is no flag ${quote(name)}`);
  if ('problem' in known) {
    return failure(defaultValue, ErrorCode.PARSE_ERROR, `flag ${quote(name)} cannot be read: ${known.problem}`);
  }
  const { flag, isStale } = known;
  const actualType = flagTypeOf(flag);
  if (actualType !== type) {
    return failure(defaultValue, ErrorCode.TYPE_MISMATCH, `flag ${quote(name)} is of type ${actualType}, not ${type}`);
  }
  const outcome = evaluateFlag(name, flag, request.context);
  switch (outcome.type) {
    case 'served':
      return {
        // Of the type that was asked for, as all variants of a flag are of one type.
        value: outcome.value as Value,
        variant: outcome.variant,
        reason: isStale ? StandardResolutionReasons.STALE : outcome.reason,
        flagMetadata: metadataOf(outcome, isStale),
      };
    case 'off':
      return { value: defaultValue, reason: outcome.reason, flagMetadata: { ...outcome.metadata } };
    case 'failed':
      return {
        ...failure(defaultValue, ErrorCode[outcome.code], `flag ${quote(name)}: ${outcome.message}`),
        flagMetadata: { ...outcome.metadata, ruleIndex: outcome.ruleIndex },
      };
  }
}

function metadataOf(outcome: FlagServed, isStale: boolean): FlagMetadata {
  return {
    ...outcome.metadata,
    ...(outcome.ruleIndex !== undefined && { ruleIndex: outcome.ruleIndex }),
    ...(isStale && { evaluation: outcome.reason }),
  };
}

function failure<Value>(value: Value, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<Value> {
  return { value, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}

function quote(name: string): string {
  return JSON.stringify(name.length <= 100 ? name : `${name.slice(0, 100)}…`);
}
