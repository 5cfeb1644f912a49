// Configuration of a whole cluster, with a schema: what does not fit is refused where it is written, and a member with an
// older schema goes on with what it can read, and passes on what it cannot. Ends by itself after some seconds.
//
//   npm run build && node examples/shared-config.mjs
import { createCluster } from 'hearsay';

// Any schema that follows https://standardschema.dev can take the place of these two: Zod, Valibot, ArkType …
const oldSchema = schemaOf('a number of connections', (value) => typeof value === 'number' && value > 0);
const newSchema = schemaOf(
  'a limit of connections, or limits for reads and writes',
  (value) => oldSchema.fits(value) || ['reads', 'writes'].every((part) => oldSchema.fits(Object(value)[part])),
);

const ann = await member('ann', newSchema, []);
const old = await member('old', oldSchema, [ann]);
await ann.kv.shared.put('config/connections', 100);
await shows(old, 100);
console.log(`old is told ${show(old)}`);

await ann.kv.shared.put('config/connections', -1).catch((error) => console.log(`ann may not: ${error.message}`));

await ann.kv.shared.put('config/connections', { reads: 90, writes: 10 });
for await (const event of old.kv.watch({ key: 'config/connections', initial: 'snapshot' })) {
  if (event.type === 'invalid') break;
}
console.log(`old cannot read what is new, and goes on with ${show(old)}`);

// Now the one who wrote it goes, and only the old one has it.
await ann.leave();
await ann.close();
const cyd = await member('cyd', newSchema, [old]);
await shows(cyd, { reads: 90, writes: 10 });
console.log(`cyd has it from old: ${show(cyd)}`);
await Promise.all([old, cyd].map((node) => node.close()));

/**
 * @param {string} name
 * @param {typeof oldSchema} schema
 * @param {import('hearsay').Cluster[]} known
 */
async function member(name, schema, known) {
  const seeds = known.map(({ address }) => `127.0.0.1:${address.port}`);
  const cluster = await createCluster({ name, bind: '127.0.0.1:0', profile: 'local', seeds });
  cluster.kv.define('config/connections', { schema });
  return cluster;
}

/**
 * Waits until the member shows that value.
 * @param {import('hearsay').Cluster} node
 * @param {unknown} value
 */
async function shows(node, value) {
  for await (const event of node.kv.watch({ key: 'config/connections', initial: 'snapshot' })) {
    if (event.type === 'put' && JSON.stringify(event.value) === JSON.stringify(value)) return;
  }
}

/** @param {import('hearsay').Cluster} node */
function show(node) {
  return JSON.stringify(node.kv.shared.get('config/connections'));
}

/**
 * @param {string} what
 * @param {(value: unknown) => boolean} fits
 */
function schemaOf(what, fits) {
  /** @param {unknown} value */
  const validate = (value) => (fits(value) ? { value } : { issues: [{ message: `it must be ${what}` }] });
  return { fits, '~standard': { version: /** @type {const} */ (1), vendor: 'example', validate } };
}
