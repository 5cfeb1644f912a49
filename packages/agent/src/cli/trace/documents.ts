import { amount, closedObject, count, flag, list, text, type JsonDocument } from '../json-fields.ts';
import type { JsonSchema } from '../json-schema.ts';

/** What `hearsay trace` prints with `--json`. */
export const traceDocuments: readonly JsonDocument[] = [
  {
    schema: 'hearsay/trace/1',
    command: 'trace event, trace kv',
    about: 'Times are in milliseconds after the rumor was born, by the clock of the agent that was asked.',
    fields: {
      kind: { type: 'string', enum: ['event', 'kv'], description: 'what was sent' },
      name: text('name of the event, or the key'),
      origin: text('who sent it'),
      tookMs: amount('how long it took to find out'),
      model: closedObject(
        {
          memberCount: count('live members that could have it'),
          fanOut: count('how many others each tells in a gossip interval'),
          gossipIntervalMs: amount('how long that is'),
          sendLimit: count('how often each passes it on'),
          loss: amount('share of packets taken to be lost'),
          latencyMs: amount('from one member to another'),
        },
        [],
        'what theory was told',
      ),
      hearers: list(
        'who has heard it, the earliest first',
        closedObject(
          {
            name: text('of the member'),
            afterMs: amount('when it heard it'),
            errorMs: amount('by how much that may be wrong'),
            round: count('in which gossip interval; 0 for the one who sent it'),
            via: {
              type: 'string',
              enum: ['own', 'gossip', 'pull', 'push-pull', 'anti-entropy'],
              description: 'how it came',
            },
            from: text('from whom'),
            hop: count('how many told it on before'),
            hole: text('what is not known of the chain'),
            copyCount: count('copies that came with gossip'),
            queuedCount: count('messages that waited there when it came'),
            waitedMs: amount('how long it waited there before it was passed on'),
            sendCount: count('how often it was passed on'),
            late: lateReason('only of those that are late'),
          },
          ['from', 'hop', 'hole', 'waitedMs', 'late'],
        ),
      ),
      unheard: list(
        'who says that it has not heard it',
        closedObject({ name: text('of the member'), reason: lateReason('why') }),
      ),
      missing: list(
        'of whom nothing is known',
        closedObject({
          name: text('of the member'),
          reason: {
            type: 'string',
            enum: ['stock', 'dead', 'left', 'no answer', 'forgotten'],
            description: 'why; `stock`: it keeps no record',
          },
        }),
      ),
      rounds: list(
        'the infection curve',
        closedObject({
          round: count('gossip interval'),
          infected: count('who had heard by its end, of those that tell'),
          expected: amount('what theory says'),
          low: count('three standard deviations below that'),
          high: count('and above'),
        }),
      ),
      isWithinBand: flag('whether every round is between low and high'),
      spread: closedObject(
        { p50Ms: amount('half had heard it'), p99Ms: amount('99 % had'), maxMs: amount('the last one had') },
        [],
        'of all but the one who sent it',
      ),
      theory: closedObject(
        { lastP50Ms: amount('in half of all cases'), lastP99Ms: amount('in 99 of 100; who heard later is late') },
        [],
        'when the last one hears it',
      ),
      errorMs: amount('the largest error of a time'),
      lossSeen: amount('share of the copies sent that did not arrive'),
    },
    optional: ['spread', 'lossSeen'],
  },
];

/** Why somebody heard late, or not at all. */
function lateReason(description: string): JsonSchema {
  return closedObject(
    {
      cause: {
        type: 'string',
        enum: ['stall', 'queue', 'budget', 'loss', 'joined-later', 'hole', 'chance'],
        description: 'what it was',
      },
      at: text('the member at which it happened'),
      text: text('the same in words'),
    },
    [],
    description,
  );
}
