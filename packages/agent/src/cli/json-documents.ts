import { amount, closedObject, count, flag, list, map, text, texts, type JsonDocument } from './json-fields.ts';
import type { JsonSchema } from './json-schema.ts';
import { experimentDocuments } from './experiment/documents.ts';
import { flagDocuments } from './feature-flags/documents.ts';
import { kvDocuments } from './kv/documents.ts';
import { topDocument, wideFields } from './top/json-fields.ts';
import { traceDocuments } from './trace/documents.ts';
import { telemetryDocument } from './telemetry/document.ts';
import { viewsDocuments } from './views/documents.ts';

const protocol = (description: string, current: 'version' | 'current'): JsonSchema =>
  closedObject(
    { max: count('highest understood'), min: count('lowest understood'), [current]: count('spoken') },
    [],
    description,
  );

const memberFields: Readonly<Record<string, JsonSchema>> = {
  name: text('unique in the pool'),
  addr: text('`ip:port`, an IPv6 address in brackets'),
  port: count('the port alone'),
  tags: map('what the member says of itself', { type: 'string' }),
  status: {
    type: 'string',
    enum: ['none', 'alive', 'leaving', 'left', 'failed'],
    description: 'as this agent sees it',
  },
  protocol: protocol("Serf's protocol", 'version'),
};
const member = closedObject(memberFields);

const event: JsonSchema = {
  type: 'object',
  description: 'with type `event`; `event.event` is the kind, `members` or the fields of a user event or query follow',
  properties: {
    event: {
      type: 'string',
      enum: ['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap', 'user', 'query'],
      description: 'what happened',
    },
    members: list('to whom, for the kinds that begin with `member-`', member),
    name: text('of the user event or query'),
    ltime: count('its Lamport time'),
    payload: text('its payload, as text'),
    payloadBase64: text('the same to the byte'),
    coalesce: flag('user events: whether later ones of the name may replace it'),
    id: count('queries: of this connection'),
  },
  required: ['event'],
  additionalProperties: false,
};

/** Every document there is, in the order of the commands. */
export const jsonDocuments: readonly JsonDocument[] = [
  {
    schema: 'hearsay/error/1',
    command: 'Every command that asks an agent',
    about: 'Instead of the others, with exit code 1.',
    fields: {
      command: text('which command, such as `members`'),
      code: text('stable: `ERR_USAGE`, `ERR_RPC_CONNECTION`, `ERR_RPC` (the agent said no), `ERR_TIMEOUT`, …'),
      message: text('what went wrong, in the words of `serf` where it has any'),
      advice: text('what to try'),
    },
    optional: ['advice'],
  },
  {
    schema: 'hearsay/demo/1',
    command: 'demo',
    about: 'Times are in milliseconds. What did not happen is left out.',
    fields: {
      nodes: count('how many there were'),
      ok: flag('whether all that was to be seen was seen'),
      failure: text('what did not happen'),
      settings: { type: 'object', description: 'the timing of the nodes' },
      formedMs: amount('until all knew all'),
      rumor: { type: 'object', description: '`origin`, `tookMs`, `rounds`, `curve`, `hearings`' },
      crash: {
        type: 'object',
        description: '`victim`, `firstMissMs`, `accusers`, `suspectedMs`, `confirmedMs`, `firstDeadMs`, `allKnowMs`',
      },
      comeback: { type: 'object', description: '`node`, `incarnationBefore`, `incarnationAfter`, `allKnowMs`' },
      flag: { type: 'object', description: '`origin`, `shownByAllMs`, `receipt` (`seen`, `missing`, `afterMs`)' },
      deletion: {
        type: 'object',
        description: '`origin`, `cutOff`, `goneFromOthersMs`, `goneFromCutOffMs`, `resurrections`',
      },
      falseDeaths: count('live nodes that somebody took for dead'),
    },
    optional: ['failure', 'formedMs', 'rumor', 'crash', 'comeback', 'flag', 'deletion'],
  },
  {
    schema: 'hearsay/event/1',
    command: 'event',
    about: 'The event is on its way.',
    fields: {
      name: text('of the event'),
      payload: text('what went with it'),
      coalesce: flag('whether receivers may keep only the latest of the name'),
    },
  },
  ...experimentDocuments,
  ...flagDocuments,
  {
    schema: 'hearsay/force-leave/1',
    command: 'force-leave',
    about: 'The pool is told.',
    fields: { name: text('of the member'), prune: flag('whether it is to be forgotten') },
  },
  {
    schema: 'hearsay/info/1',
    command: 'info',
    about: 'What the agent says of itself. Names and values are those of the agent.',
    fields: {
      stats: map('groups, such as `agent`, `runtime`, `serf`, `tags`, `event_handlers`', {
        type: 'object',
        additionalProperties: { type: 'string' },
      }),
    },
  },
  {
    schema: 'hearsay/join/1',
    command: 'join',
    about: 'At least one address answered.',
    fields: {
      addresses: texts('what was tried'),
      replay: flag('whether user events of before are delivered'),
      contacted: count('how many members answered'),
    },
  },
  {
    schema: 'hearsay/keygen/1',
    command: 'keygen',
    about: 'A new key.',
    fields: { bytes: count('its length'), key: text('in base64') },
  },
  {
    schema: 'hearsay/keys/1',
    command: 'keys',
    about: 'With exit code 1 `ok` is false; the rest tells who did not go along.',
    fields: {
      operation: { type: 'string', enum: ['list', 'install', 'use', 'remove'], description: 'what was asked' },
      ok: flag('whether every member answered and did it'),
      error: text('why not'),
      memberCount: count('live members'),
      responseCount: count('how many answered'),
      errorCount: count('how many of them could not'),
      keys: list(
        'for `list`: every key there is',
        closedObject({ key: text('in base64'), memberCount: count('how many have it') }),
      ),
      messages: map('what members had to say, by name', { type: 'string' }),
    },
    optional: ['error'],
  },
  {
    schema: 'hearsay/keys-rotate/1',
    command: 'keys rotate',
    about: 'Keys are not in it, but in the state file. With exit code 1 there is `hearsay/error/1` instead.',
    fields: {
      outcome: {
        type: 'string',
        enum: ['done', 'refused', 'planned', 'unchanged', 'interrupted'],
        description:
          '`planned`: a dry run; `unchanged`: called off before anything was done; `refused` has exit code 2, `interrupted` 130',
      },
      stateFile: text('where the state is'),
      steps: list(
        'in their order',
        closedObject({
          do: {
            type: 'string',
            enum: ['list', 'install', 'use', 'remove', 'wait', 'done', 'refuse'],
            description: 'what was done, or would be',
          },
          reason: text('why'),
        }),
      ),
    },
  },
  ...kvDocuments,
  {
    schema: 'hearsay/leave/1',
    command: 'leave',
    about: 'The others have been told; the agent ends.',
    fields: { left: flag('true') },
  },
  {
    schema: 'hearsay/members/1',
    command: 'members',
    about: 'The order has no meaning. What may be absent is there with `-wide`, as far as the agent tells it.',
    fields: {
      members: list(
        'all, or those that match',
        closedObject({ ...memberFields, ...wideFields }, Object.keys(wideFields)),
      ),
    },
  },
  {
    schema: 'hearsay/monitor/1',
    command: 'monitor',
    about: 'A document a line, as things happen.',
    fields: {
      type: { type: 'string', enum: ['log', 'event'], description: 'which of the two' },
      line: text('with type `log`: a line of the agent'),
      event,
    },
    optional: ['line', 'event'],
  },
  {
    schema: 'hearsay/packet-decode/1',
    command: 'packet decode',
    about: 'What is in the bytes, layer by layer; its fields are in the help of the command.',
    fields: {
      channel: { type: 'string', enum: ['packet', 'stream'], description: 'what was taken apart' },
      lengthBytes: count('of all of it'),
      ok: flag('whether all of it could be read'),
      failures: list('each with `layer`, `reason`, `offset` and `text`', { type: 'object' }),
      dissection: { type: 'object', description: 'the tree of layers; byte strings in hex' },
    },
  },
  {
    schema: 'hearsay/query/1',
    command: 'query',
    about: 'Printed when the time of the query is up.',
    fields: {
      name: text('of the query'),
      acks: texts('who acknowledged it, in the order of arrival'),
      responses: list(
        'in the order of arrival',
        closedObject({
          from: text('who answered'),
          text: text('the answer, as text'),
          base64: text('the same to the byte'),
        }),
      ),
    },
  },
  {
    schema: 'hearsay/reachability/1',
    command: 'reachability',
    about: 'With exit code 1 `isReachable` is false.',
    fields: {
      memberCount: count('all that the agent lists'),
      liveNames: texts('those who are alive to the agent'),
      acks: texts('who acknowledged, in the order of arrival'),
      isReachable: flag('as many acknowledged as are alive, and nobody twice'),
      duplicates: texts('who acknowledged more than once: two nodes with one name'),
      missing: texts('who is alive and did not acknowledge'),
      unexpected: texts('who acknowledged and is not alive to the agent'),
      queryMs: count('how long it took'),
      lastAckMs: count('when the last acknowledgement came'),
    },
  },
  {
    schema: 'hearsay/rtt/1',
    command: 'rtt',
    about: 'An estimate from network coordinates.',
    fields: { from: text('one member'), to: text('the other'), rttMs: amount('milliseconds there and back') },
  },
  {
    schema: 'hearsay/simulate/1',
    command: 'simulate',
    about: 'What did not happen is left out.',
    fields: {
      ok: flag('the rumor reached all, the crash became known to all in time, nobody was declared dead by mistake'),
      nodeCount: count('as asked'),
      seed: count('as asked'),
      loss: amount('as asked, 0 to 1'),
      rounds: amount('gossip intervals until the last node had the rumor'),
      infectedAtRound: list('how many had it after 0, 1, 2 … intervals', { type: 'integer' }),
      detection: { type: 'object', description: '`firstSuspicionMs`, `firstDeadMs`, `allKnowMs`, `boundMs`' },
      atRest: { type: 'object', description: '`packetsSent`, `bytesSent`, per node and second' },
      forTheRumor: { type: 'object', description: '`packetsSent`, `bytesSent`, per node' },
      falseDeathCount: count('live nodes that somebody declared dead'),
      hash: text('over everything that happened'),
      virtualMs: amount('of the run'),
      eventCount: count('of the run'),
      wallMs: amount('it took'),
      timesRealTime: amount('how much faster'),
    },
    optional: ['rounds'],
  },
  {
    schema: 'hearsay/tags/1',
    command: 'tags',
    about: 'The tags are changed.',
    fields: { set: map('new values', { type: 'string' }), deleted: texts('keys taken away') },
  },
  telemetryDocument,
  topDocument,
  {
    schema: 'hearsay/version/1',
    command: 'version',
    about: 'The program and what it speaks.',
    fields: {
      version: text('of this program'),
      serfProtocol: protocol("Serf's protocol", 'current'),
      protocol: protocol("memberlist's protocol", 'current'),
      node: text('version of Node.js'),
    },
  },
  ...traceDocuments,
  ...viewsDocuments,
  {
    schema: 'hearsay/why/1',
    command: 'why',
    about: 'Spans are in milliseconds before the answer. With exit code 2 the cause is `unknown`.',
    fields: {
      node: text('about whom'),
      state: { type: 'string', enum: ['alive', 'suspect', 'dead', 'left'], description: 'what the agent believes now' },
      verdict: closedObject(
        {
          cause: {
            type: 'string',
            enum: [
              'left-on-purpose',
              'name-conflict',
              'restarted',
              'observer-stalled',
              'target-stalled',
              'path-broken',
              'target-died',
              'unknown',
            ],
            description: 'what happened',
          },
          path: {
            type: 'string',
            enum: ['to-target', 'from-target', 'both-ways', 'lossy', 'unreadable'],
            description: 'of a broken path: which way',
          },
          certainty: { type: 'string', enum: ['certain', 'likely', 'none'], description: 'how sure that is' },
          text: text('the same in one sentence'),
          grounds: texts('what it rests on, the strongest first'),
          alternatives: texts('other causes that it may have been'),
          missing: texts('what was not to be had and might have changed it'),
        },
        ['path'],
        'as far as the evidence goes',
      ),
      startedAgoMs: count('when the trouble began'),
      endedAgoMs: count('when it was over'),
      accusers: texts('who accused it first, then who confirmed that'),
      timeline: list(
        'what was recorded, the oldest first',
        closedObject({
          agoMs: count('when'),
          id: text('who recorded it, and its number there'),
          witness: text('who recorded it'),
          text: text('what'),
        }),
      ),
      witnesses: texts('who was heard'),
      missing: list(
        'who was not',
        closedObject({
          name: text('of the member'),
          reason: {
            type: 'string',
            enum: ['stock', 'dead', 'left', 'unknown', 'no answer'],
            description: 'why; `stock`: it keeps no evidence',
          },
        }),
      ),
    },
    optional: ['state', 'startedAgoMs', 'endedAgoMs'],
  },
];
