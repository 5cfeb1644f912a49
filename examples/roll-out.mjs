// A roll-out over a Serf pool. Servers say in a tag which version they run; an event tells all of them the new one; a query
// asks each how it is, and the summary names those that keep silent. Start some servers, then roll out:
//
//   npm run build
//   node examples/roll-out.mjs serve web-1 7946
//   node examples/roll-out.mjs serve web-2 7947 127.0.0.1:7946
//   node examples/roll-out.mjs to v2 127.0.0.1:7946
//
// An agent in the same pool can do it too: `hearsay event deploy v2`, `hearsay query health`, or the same with `serf`.
import { once } from 'node:events';
import { createCluster } from 'hearsay';

const [role, what = '', ...rest] = process.argv.slice(2);
if (role === 'serve') await serve(what, rest[0] ?? '0', rest.slice(1));
else if (role === 'to' && rest.length > 0) await rollOut(what, rest);
else console.error('usage: roll-out.mjs serve <name> <port> [member...], or roll-out.mjs to <version> <member...>');

/**
 * @param {string} name
 * @param {string} port
 * @param {string[]} seeds
 */
async function serve(name, port, seeds) {
  const tags = { role: 'web', version: 'v1' };
  const cluster = await createCluster({ name, bind: `127.0.0.1:${port}`, profile: 'local', seeds, tags });
  cluster.on('member-join', ({ member }) => console.log(`${name} sees ${member.name}`));

  // Everybody hears an event once, but who was away may miss it: the tag is what counts.
  cluster.on('user', async ({ name: event, payload }) => {
    if (event !== 'deploy') return;
    const version = textOf(payload);
    console.log(`${cluster.name} installs ${version}`);
    await cluster.setTags({ ...cluster.tags, version });
  });
  cluster.onQuery('health', () => `well, with ${cluster.tags.version}`);

  console.log(`${name} serves ${tags.version}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await cluster.leave();
  await cluster.close();
}

/**
 * @param {string} version
 * @param {string[]} members
 */
async function rollOut(version, members) {
  const name = `roll-out-${process.pid}`;
  const cluster = await createCluster({ name, bind: '127.0.0.1:0', profile: 'local', tags: { role: 'operator' } });
  await cluster.join(members);
  const servers = () => cluster.members.filter(({ tags }) => tags.role === 'web');

  cluster.event('deploy', version);
  await new Promise((resolve) => {
    const look = () => servers().every(({ tags }) => tags.version === version) && resolve(undefined);
    cluster.on('member-update', look);
    look();
  });
  console.log(`all ${servers().length} have ${version}`);

  // Those that are named are those whose silence is told.
  const nodes = servers().map((server) => server.name);
  const query = cluster.query('health', undefined, { nodes, timeoutMs: 1_000 });
  for await (const answer of query) {
    if (answer.type === 'response') console.log(`${answer.from}: ${textOf(answer.payload)}`);
  }
  const { silent } = await query.summary;
  console.log(silent.length === 0 ? 'nobody kept silent' : `silent: ${silent.join(', ')}`);
  await cluster.leave();
  await cluster.close();
}

/** @param {Uint8Array} payload */
function textOf(payload) {
  return new TextDecoder().decode(payload);
}
