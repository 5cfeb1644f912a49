import { amount, closedObject, count, flag, list, map, text, type JsonDocument } from '../json-fields.ts';
import type { JsonSchema } from '../json-schema.ts';

const states = ['none', 'alive', 'suspect', 'leaving', 'failed', 'left'];
const stateField = (description: string): JsonSchema => ({ type: 'string', enum: states, description });

const healthFields: Readonly<Record<string, JsonSchema>> = {
  state: stateField('what the agent believes; one of Serf tells no suspicion'),
  stateForMs: count('for how long'),
  why: text('why, in a few words; empty when there is nothing to tell'),
  rttMs: amount('an estimate of a round trip from the agent to it'),
  lagMs: count(
    'by how much its newest telemetry is older than it should be; of the agent, for how long nobody has seen a write of it',
  ),
};

/** What `members -wide` tells of a member beyond `members`. All of it may be absent. */
export const wideFields: Readonly<Record<string, JsonSchema>> = {
  ...healthFields,
  software: text('`hearsay`, `serf` or `memberlist`, a slash, and the protocol it speaks'),
};

/** `hearsay top --json`. */
export const topDocument: JsonDocument = {
  schema: 'hearsay/top/1',
  command: 'top',
  about: 'A document a line, one for each interval. What the agent does not tell is absent: one of Serf tells little.',
  fields: {
    kind: { type: 'string', enum: ['hearsay', 'serf'], description: 'of which software the agent is' },
    node: text('its name'),
    uptimeMs: count('since its start'),
    healthScore: count('how much it doubts its own health: 0 is well'),
    memberCounts: map('how many members are `alive`, `suspect`, `leaving`, `failed`, `left`', { type: 'integer' }),
    overMs: count('the time that the rates are of'),
    rates: closedObject(
      {
        packetsReceived: amount('UDP packets'),
        packetsSent: amount('UDP packets'),
        bytesReceived: amount('of packets and streams'),
        bytesSent: amount('of packets and streams'),
        packetsRefused: amount('packets, or messages in them, that were refused'),
        probes: amount('of other members'),
        probesFailed: amount('that nobody answered'),
        sessions: amount('comparisons of gossiped state with other members'),
        stateBytesSent: amount('of gossiped state'),
        cpuCores: amount('processor time by time: 1 is one core'),
      },
      [],
      'in a second',
    ),
    totals: closedObject(
      {
        probesFailed: count('probes that nobody answered'),
        suspicions: count('suspicions of others'),
        refutations: count('accusations of this agent that it denied'),
      },
      [],
      'since its start',
    ),
    queues: map('messages that wait to be gossiped, by queue', { type: 'integer' }),
    queueDropped: count('messages that a queue had no room for, since the start'),
    state: closedObject(
      {
        members: count('live members that take part, the agent included'),
        sharedKeys: count('in the shared map'),
        sharedBytes: count('about, of keys and values'),
        sharedTombstones: count('deletions that are remembered'),
        ownedKeys: count('that members own, of all together'),
        telemetryKeys: count('likewise'),
        views: count('different views of who is live, among members that tell theirs: 1 when all agree'),
        lagMs: count('for how long nobody has seen the oldest write of the agent'),
        isReady: flag('whether writes are passed on as fast as they come'),
        sessions: count('comparisons with other members since the start'),
        sentBytes: count('since the start'),
        bytesPerSecondMax: count('how many may be sent in a second, in packets'),
        spreadMs: closedObject(
          { p50: amount('median'), p99: amount('of 99 in 100'), count: count('how many were measured') },
          [],
          'how old beacons of other members were when they came',
        ),
      },
      ['spreadMs'],
      'gossiped state',
    ),
    process: closedObject(
      {
        rssBytes: count('memory'),
        heapUsedBytes: count('of it, what the JavaScript heap uses'),
        loopDelayMs: closedObject(
          { p50: amount('median'), p99: amount('of 99 in 100'), max: amount('the most') },
          [],
          'how late the event loop was in the last second',
        ),
      },
      ['loopDelayMs'],
      'the process of the agent',
    ),
    members: list(
      'at most 200, the worst first',
      closedObject({ name: text('of the member'), ...healthFields, isOurs: flag('takes part in gossiped state') }, [
        'stateForMs',
        'rttMs',
        'lagMs',
      ]),
    ),
    transitions: list(
      'at most 32 changes of what the agent believed, the latest first',
      closedObject({
        node: text('of whom'),
        from: stateField('before'),
        to: stateField('after'),
        agoMs: count('how long ago'),
        by: text('who said so: an accuser, or the member itself'),
      }),
    ),
  },
  optional: ['uptimeMs', 'healthScore', 'overMs', 'rates', 'totals', 'queueDropped', 'state', 'process'],
};
