import { ByteReader, ByteWriter, isSameBytes } from '../util/index.ts';
import {
  hasEntry,
  readBytesView,
  readKey,
  readListHeader,
  readStructHeader,
  readTextUpTo,
  skipValue,
  writeListHeader,
  writeMapHeader,
  writeText,
  writeUtf8,
} from '../wire/index.ts';
import { serfLimits } from './limits.ts';
import { compilePattern, type StepBudget } from './pattern/pattern.ts';
import type { Tags } from './tags.ts';

/** First byte of a filter (Serf `filterType`). */
const FilterType = { node: 0, tag: 1 } as const;

/** A filter that only the members in `names` pass. */
export function encodeNodeFilter(names: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FilterType.node);
  writeListHeader(writer, names.length);
  for (const name of names) writeText(writer, name);
  return writer.copy();
}

/** A filter that only those members pass in whose value of `tag` the RE2 expression finds a match. */
export function encodeTagFilter(tag: string, expression: string): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FilterType.tag);
  writeMapHeader(writer, 2);
  writeText(writer, 'Expr');
  writeText(writer, expression);
  writeText(writer, 'Tag');
  writeText(writer, tag);
  return writer.copy();
}

/**
 * Whether the member of that name and with those tags passes all `filters`. A filter that is empty, broken, of another
 * kind, in a syntax that RE2 does not have, or too costly, is passed by nobody.
 */
export function matchesFilters(filters: readonly Uint8Array[], name: string, tags: Tags): boolean {
  const budget = { stepsLeft: serfLimits.filterStepsMax };
  return filters.every((filter) => matches(filter, name, tags, budget));
}

function matches(filter: Uint8Array, name: string, tags: Tags, budget: StepBudget): boolean {
  const reader = new ByteReader(filter);
  const type = reader.u8();
  if (reader.failure !== undefined) return false;
  if (type === FilterType.node) return isNamed(reader, name);
  return type === FilterType.tag && hasMatchingTag(reader, tags, budget);
}

/** Compares bytes, so that a long list costs no texts. */
function isNamed(reader: ByteReader, name: string): boolean {
  const writer = new ByteWriter(serfLimits.nameMaxBytes);
  writeUtf8(writer, name);
  const wanted = writer.view();
  const count = readListHeader(reader);
  let isFound = false;
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    if (isSameBytes(readBytesView(reader), wanted)) isFound = true;
  }
  return isFound && reader.failure === undefined;
}

const tagFilterKeys = ['Tag', 'Expr'];

/** A member without the tag counts as having it empty. */
function hasMatchingTag(reader: ByteReader, tags: Tags, budget: StepBudget): boolean {
  let tag = '';
  let expression = '';
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, tagFilterKeys)) {
      case 'Expr':
        expression = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      case 'Tag':
        tag = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      default:
        skipValue(reader);
    }
  }
  if (reader.failure !== undefined) return false;
  const value = Object.hasOwn(tags, tag) ? tags[tag]! : '';
  return compilePattern(expression, budget)?.test(value, budget) ?? false;
}
