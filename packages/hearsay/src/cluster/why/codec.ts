import { strangerTexts } from '../../swim/index.ts';
import { ByteWriter } from '../../util/index.ts';
import { decodeUtf8, writeUtf8 } from '../../wire/index.ts';
import type { Testimony, WhyQuestion } from './testimony.ts';

/**
 * Questions and testimonies as JSON. No two clocks agree, so instants travel as ages, and each side reckons back on its
 * own clock; the time on the way is small against what is told. Names end on `AtMs` or are `atMs`: these are instants.
 */
const version = 1;

/** One of these words. */
type Words = readonly [string, ...string[]];

/** What a field may hold. `maybe-…` may be absent. */
type FieldType =
  | Words
  | { readonly maybe: Words }
  | 'text'
  | 'number'
  | 'maybe-number'
  | 'instant'
  | 'flag'
  | 'maybe-text'
  | 'maybe-said'
  | 'texts'
  | 'helpers'
  | 'records'
  | 'own';
type Shape = Readonly<Record<string, FieldType>>;

const states: Words = ['alive', 'suspect', 'dead', 'left'];

const numbered = { node: 'text', id: 'number', atMs: 'instant' } as const;
const shapes: Readonly<Record<string, Shape>> = {
  question: { node: 'text', accusers: 'texts', fromAtMs: 'instant', toAtMs: 'instant', startedAtMs: 'instant' },
  testimony: {
    witness: 'text',
    startedAtMs: 'instant',
    healthScore: 'number',
    records: 'records',
    aboutAccusers: 'records',
    own: 'own',
    lastAckAtMs: 'instant',
    lastPingAtMs: 'instant',
    changedAtMs: 'instant',
    lostCount: 'number',
    memberCount: 'number',
  },
  probe: {
    ...numbered,
    startedAtMs: 'instant',
    askedOthersAtMs: 'instant',
    lateMs: 'number',
    outcome: ['pending', 'failed', 'void', 'acked-late', 'acked-through-others', 'acked-by-stream'],
    helpers: 'helpers',
    stream: { maybe: ['acked', 'refused', 'silent', 'unreachable', 'untried'] },
    healthScore: 'number',
    sendFailure: 'maybe-text',
    lateAckMs: 'maybe-number',
  },
  transition: {
    ...numbered,
    from: states,
    to: states,
    incarnation: 'number',
    address: 'maybe-text',
    by: 'text',
    via: ['own', 'gossip', 'push-pull'],
    lastAckAtMs: 'instant',
    lastPingAtMs: 'instant',
    frozenMs: 'maybe-number',
    said: 'maybe-said',
  },
  confirmation: { ...numbered, by: 'text' },
  conflict: { ...numbered, known: 'text', claimed: 'text', count: 'number', lastAtMs: 'instant' },
  stale: {
    ...numbered,
    incarnation: 'number',
    knownIncarnation: 'number',
    count: 'number',
    lastAtMs: 'instant',
  },
  relay: { ...numbered, startedAtMs: 'instant', asker: 'text', isAcked: 'flag' },
  said: { atMs: 'instant', healthScore: 'number', stalledMs: 'number' },
  helper: { name: 'text', answer: { maybe: ['ack', 'nack'] } },
};
const ownShapes: Readonly<Record<string, Shape>> = {
  stall: { atMs: 'instant', lateMs: 'number' },
  refutation: { atMs: 'instant', incarnation: 'number', accuser: 'text' },
  silence: { atMs: 'instant', silentMs: 'number' },
  clock: { atMs: 'instant', aheadMs: 'number', refusedBy: 'text' },
  stranger: { atMs: 'instant', stranger: Object.keys(strangerTexts) as [string], from: 'text' },
};
const recordKinds = ['probe', 'transition', 'confirmation', 'conflict', 'stale', 'relay'];
/** Texts and lists longer than that are not what a node of ours sends. A question has up to nine names. */
const textMax = 255;
const listMax = 256;

/** The bytes of a question or a testimony, as of `nowMs`. */
export function encodeWhy(value: WhyQuestion | Testimony, nowMs: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(version);
  const json = JSON.stringify(value, (key, field: unknown) =>
    typeof field === 'number' && isInstant(key) ? toAge(field, nowMs) : field,
  );
  writeUtf8(writer, json);
  return writer.copy();
}

/** Undefined for bytes that are none. */
export function decodeQuestion(bytes: Uint8Array, nowMs: number): WhyQuestion | undefined {
  return read(shapes.question!, parse(bytes), nowMs) as WhyQuestion | undefined;
}

/** Undefined for bytes that are none. */
export function decodeTestimony(bytes: Uint8Array, nowMs: number): Testimony | undefined {
  return read(shapes.testimony!, parse(bytes), nowMs) as Testimony | undefined;
}

function isInstant(key: string): boolean {
  return key === 'atMs' || key.endsWith('AtMs');
}

/** JSON has no infinity: null stands for an instant that never was. */
function toAge(atMs: number, nowMs: number): number | null {
  return Number.isFinite(atMs) ? Math.round(nowMs - atMs) : null;
}

function parse(bytes: Uint8Array): unknown {
  if (bytes[0] !== version) return undefined;
  try {
    return JSON.parse(decodeUtf8(bytes, 1));
  } catch {
    // Bytes of another; the caller counts them.
    return undefined;
  }
}

/** A fresh object of that shape and nothing besides; undefined when `value` is not of that shape. */
function read(shape: Shape, value: unknown, nowMs: number): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const result: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(shape)) {
    const raw: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const field = readField(type, raw, nowMs);
    if (field === undefined && !isOptional(type)) return undefined;
    result[name] = field;
  }
  return result;
}

function isOptional(type: FieldType): boolean {
  return typeof type === 'string' ? type.startsWith('maybe-') : 'maybe' in type;
}

function readField(type: FieldType, raw: unknown, nowMs: number): unknown {
  if (typeof type !== 'string') {
    const words = 'maybe' in type ? type.maybe : type;
    return words.find((word) => word === raw);
  }
  switch (type) {
    case 'text':
    case 'maybe-text':
      return isText(raw) ? raw : undefined;
    case 'number':
    case 'maybe-number':
      return isNumber(raw) ? raw : undefined;
    case 'instant':
      if (raw === null) return -Infinity;
      return isNumber(raw) ? nowMs - raw : undefined;
    case 'flag':
      return typeof raw === 'boolean' ? raw : undefined;
    case 'maybe-said':
      return read(shapes.said!, raw, nowMs);
    case 'texts':
      return isList(raw) && raw.every(isText) ? raw : undefined;
    case 'helpers':
      return readList(raw, (item) => read(shapes.helper!, item, nowMs));
    case 'records':
      return readList(raw, (item) => readKind(shapes, recordKinds, item, nowMs));
    case 'own':
      return readList(raw, (item) => readKind(ownShapes, Object.keys(ownShapes), item, nowMs));
  }
}

function readKind(
  table: Readonly<Record<string, Shape>>,
  kinds: readonly string[],
  value: unknown,
  nowMs: number,
): object | undefined {
  const kind: unknown = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (typeof kind !== 'string' || !kinds.includes(kind)) return undefined;
  const fields = read(table[kind]!, value, nowMs);
  return fields && { kind, ...fields };
}

/** What is not of its shape is left out: a later version may know more. */
function readList(raw: unknown, readItem: (item: unknown) => object | undefined): object[] | undefined {
  if (!isList(raw)) return undefined;
  return raw.map(readItem).filter((item) => item !== undefined);
}

/** JSON has numbers that are read as infinite. */
function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textMax;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length <= listMax;
}
