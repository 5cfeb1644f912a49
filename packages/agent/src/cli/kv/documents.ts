import { closedObject, count, flag, list, text, texts, type JsonDocument } from '../json-fields.ts';
import type { JsonSchema } from '../json-schema.ts';

const value: JsonSchema = { description: 'the value, where the bytes are JSON' };
const valueBase64 = text('the bytes in base64, where they are not');
const key = text('the key');
const changed = flag('whether there was something to do: false when the key had that value, or none to delete');
const lane: JsonSchema = {
  type: 'string',
  enum: ['shared', 'owned', 'telemetry'],
  description: 'keys that all write, or that each member has for itself',
};

const entryNames = ['value', 'valueBase64', 'author', 'writtenAt', 'ttlMs'];
const entryFields = {
  key,
  value,
  valueBase64,
  author: text('who wrote it, in an owned lane whose it is; where that is known'),
  writtenAt: text("when, by the author's clock, in ISO 8601; shared keys only"),
  ttlMs: count('how long it counts from the write on; without it for ever'),
};

function entry(description: string): JsonSchema {
  return closedObject(entryFields, entryNames, description);
}

/** Who has a write that was waited for. */
export const receiptSchema: JsonSchema = closedObject(
  {
    seenCount: count('live members that have it, the agent included'),
    missing: texts('live members that keep state and did not have it in time'),
    overwrittenBy: text('whose later write has taken its place'),
  },
  ['overwrittenBy'],
  'with `-wait`',
);

/** The documents of `hearsay kv`. */
export const kvDocuments: readonly JsonDocument[] = [
  {
    schema: 'hearsay/kv-delete/1',
    command: 'kv delete',
    about: 'It is deleted here, and the others will hear of it. With exit code 2 the receipt tells who has not.',
    fields: { key, lane, changed, receipt: receiptSchema },
    optional: ['receipt'],
  },
  {
    schema: 'hearsay/kv-export/1',
    command: 'kv export',
    about: 'A document a line, also without `--json`. What `kv import` reads.',
    fields: {
      key,
      value: { description: 'the value, where its bytes are JSON as `JSON.stringify` writes it' },
      valueBase64: text('the bytes in base64, where they are anything else'),
      ttlMs: count('as it was given with the write; without it for ever'),
    },
    optional: ['value', 'valueBase64', 'ttlMs'],
  },
  {
    schema: 'hearsay/kv-get/1',
    command: 'kv get',
    about: 'With exit code 2 `found` is false.',
    fields: { key, found: flag('whether it has a value'), entry: entry('what it shows') },
    optional: ['entry'],
  },
  {
    schema: 'hearsay/kv-import/1',
    command: 'kv import',
    about: 'What was done.',
    fields: {
      changedCount: count('keys written'),
      unchangedCount: count('keys that had their values'),
      leftCount: count('keys not reached: it was interrupted'),
    },
  },
  {
    schema: 'hearsay/kv-list/1',
    command: 'kv list',
    about: 'With `-keys` there are no values.',
    fields: { lane, entries: list('in the order of the keys, owned ones member by member', entry('a key')) },
  },
  {
    schema: 'hearsay/kv-put/1',
    command: 'kv put',
    about: 'It is written here, and the others will hear of it. With exit code 2 the receipt tells who has not.',
    fields: { key, lane, changed, receipt: receiptSchema },
    optional: ['receipt'],
  },
  {
    schema: 'hearsay/kv-watch/1',
    command: 'kv watch',
    about: 'A document a line, as things happen.',
    fields: {
      type: {
        type: 'string',
        enum: ['put', 'delete', 'expire', 'member-gone', 'ready', 'overflow'],
        description:
          '`ready`: the present state is complete; `overflow`: more has changed than is kept for a slow reader, and the state follows anew',
      },
      source: {
        type: 'string',
        enum: ['snapshot', 'local', 'rumor', 'sync', 'resync'],
        description: 'how it came to the agent; `snapshot`: it was there at the beginning',
      },
      concurrent: flag('its author had not seen what it replaces'),
      entry: entry('what is there now; a key that is gone has no value'),
      previous: closedObject({ value, valueBase64 }, ['value', 'valueBase64'], 'what was there before'),
    },
    optional: ['concurrent', 'entry', 'previous'],
  },
  {
    schema: 'hearsay/kv-where/1',
    command: 'kv where',
    about: 'With exit code 2 `found` is false, or somebody is missing.',
    fields: {
      key,
      found: flag('whether it has a value here'),
      entry: entry('what it shows here'),
      seen: texts('live members that have it, the agent included'),
      missing: texts('live members that keep state and have not said that they have it'),
      incapable: texts('live members that keep no state'),
    },
    optional: ['entry'],
  },
];
