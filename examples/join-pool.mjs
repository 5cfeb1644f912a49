// A member of a pool of other people's programs: memberlist, Alertmanager, or Serf agents with --serf.
//
//   npm run build && node examples/join-pool.mjs 127.0.0.1:7946 [--serf] [--key=<base64>] [--name=<name>]
//
// Ctrl-C leaves the pool.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createCluster } from 'hearsay';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { serf: { type: 'boolean' }, key: { type: 'string' }, name: { type: 'string', default: 'hearsay' } },
});

const cluster = await createCluster({
  name: values.name,
  bind: '127.0.0.1:0',
  pool: values.serf ? 'serf' : 'memberlist',
  seeds: positionals,
  ...(values.key !== undefined && { keys: [values.key] }),
});

cluster.on('member-join', ({ member }) => console.log(`joined  ${member.name}`));
cluster.on('member-leave', ({ member }) => console.log(`left    ${member.name}`));
cluster.on('member-failed', ({ member }) => console.log(`failed  ${member.name}`));

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await cluster.leave();
await cluster.close();
console.log('bye');
