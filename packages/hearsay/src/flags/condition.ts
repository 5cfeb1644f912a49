import type { FlagCondition, FlagContext, FlagScalar } from './flag.ts';
import { compareVersions } from './semver.ts';

/** An attribute of the context, if it is something that can be compared. */
export function attributeOf(context: FlagContext, name: string): FlagScalar | undefined {
  const value = Object.hasOwn(context, name) ? context[name] : undefined;
  const isScalar = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return isScalar ? (value as FlagScalar) : undefined;
}

/** Whether the condition holds. An attribute that cannot be compared meets neither it nor its negation. */
export function meets(condition: FlagCondition, context: FlagContext): boolean {
  const actual = attributeOf(context, condition.attribute);
  const result = actual === undefined ? undefined : compare(condition, actual);
  return result !== undefined && result !== (condition.not ?? false);
}

/** The condition in words, to follow the attribute's name. */
export function describeCondition(condition: FlagCondition): string {
  const is = condition.not === true ? 'is not' : 'is';
  const does = condition.not === true ? 'does not begin' : 'begins';
  const ends = condition.not === true ? 'does not end' : 'ends';
  if ('equals' in condition) return `${is} ${show(condition.equals)}`;
  if ('in' in condition) return `${is} one of ${showSome(condition.in)}`;
  if ('prefix' in condition) return `${does} with ${show(condition.prefix)}`;
  if ('suffix' in condition) return `${ends} with ${show(condition.suffix)}`;
  if ('below' in condition) return `${is} below ${condition.below}`;
  if ('atMost' in condition) return `${is} at most ${condition.atMost}`;
  if ('above' in condition) return `${is} above ${condition.above}`;
  if ('atLeast' in condition) return `${is} at least ${condition.atLeast}`;
  if ('semverBelow' in condition) return `${is} a version below ${condition.semverBelow}`;
  return `${is} version ${condition.semverAtLeast} or later`;
}

/** A value as JSON, cut where it is long. */
export function show(value: FlagScalar): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

function showSome(values: readonly FlagScalar[]): string {
  const shown = values.slice(0, 5).map(show).join(', ');
  return values.length <= 5 ? shown : `${shown} and ${values.length - 5} more`;
}

/** `undefined` when the operator is not made for what the attribute is. */
function compare(condition: FlagCondition, actual: FlagScalar): boolean | undefined {
  if ('equals' in condition) return typeof actual === typeof condition.equals ? actual === condition.equals : undefined;
  if ('in' in condition) {
    const isComparable = condition.in.some((value) => typeof value === typeof actual);
    return isComparable ? condition.in.includes(actual) : undefined;
  }
  if (typeof actual === 'number') return compareNumber(condition, actual);
  return typeof actual === 'string' ? compareText(condition, actual) : undefined;
}

function compareNumber(condition: FlagCondition, actual: number): boolean | undefined {
  if ('below' in condition) return actual < condition.below;
  if ('atMost' in condition) return actual <= condition.atMost;
  if ('above' in condition) return actual > condition.above;
  return 'atLeast' in condition ? actual >= condition.atLeast : undefined;
}

function compareText(condition: FlagCondition, actual: string): boolean | undefined {
  if ('prefix' in condition) return actual.startsWith(condition.prefix);
  if ('suffix' in condition) return actual.endsWith(condition.suffix);
  if ('semverBelow' in condition) return isOrder(compareVersions(actual, condition.semverBelow), (order) => order < 0);
  if ('semverAtLeast' in condition) {
    return isOrder(compareVersions(actual, condition.semverAtLeast), (order) => order >= 0);
  }
  return undefined;
}

function isOrder(order: number | undefined, holds: (order: number) => boolean): boolean | undefined {
  return order === undefined ? undefined : holds(order);
}
