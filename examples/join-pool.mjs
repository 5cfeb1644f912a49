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
  seeds: positionals,
  ...(values.key !== undefined && { keys: [values.key] }),
  // Serf agents refuse members that do not speak Serf's versions 2 to 5. Everything else says 0, 0, 0.
  ...(values.serf && { versions: { delegateMin: 2, delegateMax: 5, delegateCurrent: 5 } }),
});

cluster.on('member-join', ({ member }) => console.log(`joined  ${member.name}`));
cluster.on('member-leave', ({ member }) => console.log(`left    ${member.name}`));
cluster.on('member-failed', ({ member }) => console.log(`failed  ${member.name}`));

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
if (values.serf) await announceLeaveToSerf(values.name);
await cluster.leave();
await cluster.close();
console.log('bye');

/**
 * A Serf agent shows a member that goes as `left` only if it has heard Serf's own leave intent before; otherwise the
 * member has `failed`. It is a user message: type 0 and a msgpack map. Half a second of gossip is enough for it to spread.
 * @param {string} name of at most 31 bytes
 */
async function announceLeaveToSerf(name) {
  const text = (/** @type {string} */ value) => [0xa0 | value.length, ...Buffer.from(value)];
  const lamportTime = 1; // Above the 0 that a member without a join intent stands at.
  const body = [0x83, ...text('LTime'), lamportTime, ...text('Node'), ...text(name), ...text('Prune'), 0xc2];
  cluster.broadcast(Uint8Array.from([0x00, ...body]));
  await new Promise((resolve) => setTimeout(resolve, 500));
}
