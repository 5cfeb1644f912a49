import { amount, closedObject, count, list, text, type JsonDocument } from '../json-fields.ts';

const metric = closedObject(
  {
    name: text('of the metric'),
    kind: {
      type: 'string',
      enum: ['counter', 'gauge', 'histogram', 'distinct', 'topK', 'unknown'],
      description: '`unknown`: an estimate of what the agent itself does not measure',
    },
    nodes: count('of how many members; of an estimate about so many'),
    oldestMs: amount('how old the oldest of the samples is, in milliseconds'),
    errorBound: amount(
      'by how much `value`, a mean of an estimate or a percentile may be off, as a part of it; absent: unknown',
    ),
    value: amount('total of a counter, sum of gauges, how many different texts'),
    perSecond: amount('growth of a counter in a second'),
    count: count('values of a histogram'),
    mean: amount('of gauges, or of the values of a histogram'),
    min: amount('least of the gauges'),
    max: amount('largest of the gauges'),
    p50: amount('half of the values are below'),
    p90: amount('90 % of the values are below'),
    p99: amount('99 % of the values are below'),
    keys: list(
      'most frequent keys, at most ten',
      closedObject({
        key: text('the key'),
        count: amount('how often at most'),
        overcount: amount('by how much that may be too often'),
      }),
    ),
  },
  ['errorBound', 'value', 'perSecond', 'count', 'mean', 'min', 'max', 'p50', 'p90', 'p99', 'keys'],
);

/** What `hearsay telemetry --json` writes. */
export const telemetryDocument: JsonDocument = {
  schema: 'hearsay/telemetry/1',
  command: 'telemetry',
  about: 'Which numbers a metric has depends on its kind.',
  fields: {
    node: text('the agent that was asked'),
    mode: { type: 'string', enum: ['fold', 'poll', 'estimate'], description: 'where the numbers come from' },
    metrics: list('by name', metric),
    missing: list(
      'with -poll: who is not in it',
      closedObject({
        name: text('of the member'),
        reason: {
          type: 'string',
          enum: ['stock', 'no answer'],
          description: '`stock`: other software, which was not asked',
        },
      }),
    ),
    estimatedNodes: amount('with -estimate: about how many members take part; absent before the first is there'),
    massLeft: amount(
      'with -estimate: which part of the weight that members began with is left; the less, the less to be trusted',
    ),
  },
  optional: ['estimatedNodes', 'massLeft'],
};
