import { closedObject, flag, list, text, texts, type JsonDocument } from '../json-fields.ts';
import { receiptSchema } from '../kv/documents.ts';

const name = text('of the flag: its key without `flags/`');
const document = { type: 'object', description: 'the flag, as in docs/flags.md' } as const;

/** The documents of `hearsay flags`. */
export const flagDocuments: readonly JsonDocument[] = [
  {
    schema: 'hearsay/flags-explain/1',
    command: 'flags explain',
    about: 'What the flag serves in that context. With exit code 2 there is nothing to serve.',
    fields: {
      name,
      found: flag('whether there is such a flag'),
      context: { type: 'object', description: 'as asked' },
      outcome: {
        type: 'object',
        description:
          '`type` (`served`, `off`, `failed`), `reason`, `variant`, `value`, `ruleIndex`, `message`, `metadata`',
      },
      steps: texts('what each rule found, in words'),
    },
    optional: ['outcome'],
  },
  {
    schema: 'hearsay/flags-ls/1',
    command: 'flags ls',
    about: 'All keys under `flags/`.',
    fields: {
      flags: list(
        'by name',
        closedObject({ name, flag: document, problem: text('why it is no flag'), author: text('who wrote it') }, [
          'flag',
          'problem',
          'author',
        ]),
      ),
    },
  },
  {
    schema: 'hearsay/flags-set/1',
    command: 'flags set',
    about: 'It is written here, and the others will hear of it. With exit code 2 the receipt tells who has not.',
    fields: {
      name,
      changed: flag('false when it was so already'),
      flag: document,
      receipt: receiptSchema,
    },
    optional: ['receipt'],
  },
];
