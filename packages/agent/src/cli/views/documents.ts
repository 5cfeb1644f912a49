import { closedObject, count, flag, list, map, text, texts, type JsonDocument } from '../json-fields.ts';
import type { JsonSchema } from '../json-schema.ts';

const counts = closedObject(
  {
    alive: count('alive'),
    suspect: count('alive, but suspected'),
    failed: count('declared dead'),
    left: count('gone on purpose'),
  },
  [],
  'how many members it knows, by state',
);

const holder = closedObject({
  name: text('of the member'),
  ageMs: count('how long ago it said so, in milliseconds; 0 for the agent itself'),
  sequence: count('how many digests it had published before'),
  counts,
  all: text('equal where two remember the same members with the same fate, those that are gone included'),
});

const group = closedObject(
  {
    live: text('what they have in common: 16 hexadecimal digits'),
    liveCount: count('how many members are there in their eyes'),
    isOurs: flag('whether the agent is one of them'),
    members: list('who believes so, by name', holder),
    differs: closedObject(
      {
        onlyHere: texts('who is there for the agent, and not for them'),
        onlyThere: texts('who is there for them, and not for the agent'),
      },
      [],
      'of another group: what makes the difference, when one or two members do',
    ),
  },
  ['differs'],
);

const belief = (who: string): JsonSchema =>
  closedObject(
    {
      state: { type: 'string', enum: ['alive', 'suspect', 'failed', 'left'], description: 'of the member' },
      address: text('`ip:port`; empty when it is nothing that can be contacted'),
      incarnation: count('the counter that only the member itself raises'),
      tags: map('what the member says of itself', { type: 'string' }),
    },
    [],
    `what ${who} believes; absent when it does not know the member`,
  );

const side = (who: string): JsonSchema =>
  closedObject(
    {
      name: text('of the member'),
      absence: {
        type: 'string',
        enum: ['stock', 'failed', 'left', 'unknown', 'no answer'],
        description: 'why it told nothing; `stock`: it takes no part in gossiped state',
      },
      counts,
    },
    ['absence'],
    who,
  );

/** What `views` and `diff` print. */
export const viewsDocuments: readonly JsonDocument[] = [
  {
    schema: 'hearsay/views/1',
    command: 'views',
    about: 'With exit code 2 `isAgreed` is false.',
    fields: {
      node: text('the agent that was asked'),
      isAgreed: flag('whether all that take part have told, and believe what the agent believes'),
      groups: list('members that believe the same of who is there, the largest first', group),
      silent: list(
        'live members that are in no group, by name',
        closedObject({
          name: text('of the member'),
          reason: {
            type: 'string',
            enum: ['stock', 'no digest'],
            description: '`stock`: it takes no part in gossiped state; `no digest`: none has come yet',
          },
        }),
      ),
    },
  },
  {
    schema: 'hearsay/diff/1',
    command: 'diff',
    about: 'With exit code 2 there are differences, or one of the two told nothing.',
    fields: {
      a: side('the first of the two'),
      b: side('the second'),
      differences: list(
        'the gravest first, at most 1,000',
        closedObject(
          {
            name: text('about whom'),
            aspects: {
              type: 'array',
              description: 'in what, the gravest first; `liveness`: it is there for one and not for the other',
              items: { type: 'string', enum: ['liveness', 'address', 'state', 'tags', 'incarnation'] },
            },
            a: belief('the first'),
            b: belief('the second'),
          },
          ['a', 'b'],
        ),
      ),
      differenceCount: count('how many there are'),
    },
  },
];
