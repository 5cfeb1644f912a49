// Three nodes in one process: they find each other, talk, one crashes, one leaves. Ends by itself after some seconds.
//
//   npm run build && node examples/three-nodes.mjs
import { createCluster } from 'hearsay';

// The `local` profile is for nodes on one machine: it notices a crash in a few seconds.
const ann = await createCluster({ name: 'ann', bind: '127.0.0.1:0', profile: 'local' });
const seeds = [`127.0.0.1:${ann.address.port}`];
const bob = await createCluster({ name: 'bob', bind: '127.0.0.1:0', profile: 'local', seeds });
const cyd = await createCluster({ name: 'cyd', bind: '127.0.0.1:0', profile: 'local', seeds });

await Promise.all([ann, bob, cyd].map((node) => node.waitForMembers(3, { timeoutMs: 10_000 })));
console.log(`ann sees ${namesOf(ann)}`);

const greeting = next(bob, 'user');
ann.event('greeting', 'hello');
console.log(`bob hears ${new TextDecoder().decode((await greeting).payload)}`);

bob.onQuery('load', () => 'hardly any');
for await (const answer of ann.query('load', undefined, { nodes: ['bob'], timeoutMs: 1_000 })) {
  if (answer.type === 'response') console.log(`${answer.from} says ${new TextDecoder().decode(answer.payload)}`);
}

const failure = next(ann, 'member-failed');
await cyd.close(); // Without a leave: to the others this is a crash.
console.log(`ann hears that ${(await failure).member.name} has failed`);

const farewell = next(ann, 'member-leave');
await bob.leave();
console.log(`ann hears that ${(await farewell).member.name} has left`);
await bob.close();

console.log(`ann sees ${namesOf(ann)}`);
await ann.close();

/** @param {import('hearsay').Cluster} node */
function namesOf(node) {
  return node.members
    .map(({ name }) => name)
    .toSorted()
    .join(', ');
}

/**
 * The next event of that type.
 * @template {import('hearsay').ClusterEventType} Type
 * @param {import('hearsay').Cluster} node
 * @param {Type} type
 * @returns {Promise<import('hearsay').ClusterEventOf<Type>>}
 */
function next(node, type) {
  return new Promise((resolve) => void node.once(type, resolve));
}
