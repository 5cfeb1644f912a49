// Who runs what: each process says its version in a key of its own, and all read those of all. Start some:
//
//   npm run build
//   node examples/version-registry.mjs web-1 1.4.2 7946
//   node examples/version-registry.mjs web-2 1.4.2 7947 127.0.0.1:7946
//   node examples/version-registry.mjs web-3 1.5.0 7948 127.0.0.1:7946
import { createCluster } from 'hearsay';

const [name = 'web', version = '1.0.0', port = '0', ...seeds] = process.argv.slice(2);
const cluster = await createCluster({ name, bind: `127.0.0.1:${port}`, profile: 'local', seeds });

// Only this process writes it. It goes when the member is given up, and a restarted one begins anew.
await cluster.kv.own.set('version', version);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void leave());
for (const type of /** @type {const} */ (['member-leave', 'member-failed', 'member-join'])) cluster.on(type, show);

let said = '';
for await (const event of cluster.kv.watch({ lane: 'owned', key: 'version', initial: 'snapshot' })) {
  if (event.type !== 'overflow') show();
}

/** One line for each change: `1.4.2: web-1, web-2; 1.5.0: web-3`. */
function show() {
  /** @type {Map<string, string[]>} */
  const byVersion = new Map();
  for (const { name: member } of cluster.members) {
    const runs = cluster.kv.nodes.get(member)?.get('version');
    if (typeof runs === 'string') byVersion.set(runs, [...(byVersion.get(runs) ?? []), member].toSorted());
  }
  const lines = [...byVersion].toSorted().map(([runs, members]) => `${runs}: ${members.join(', ')}`);
  const line = lines.join('; ');
  if (line !== said) console.log(line);
  said = line;
}

async function leave() {
  await cluster.leave();
  await cluster.close();
}
