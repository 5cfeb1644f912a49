// A proxy in front of six servers reloads its configuration whenever servers come or go. Three of them crash at once, as when
// a rack loses its power: the proxy reloads once, not three times. Ends by itself after some seconds.
//
//   npm run build && node examples/one-reload.mjs
import { createCluster } from 'hearsay';

// Among so few members accusers are few and come late, so one is enough to make the proxy wait, and it waits for longer.
const stableView = { lowMark: 1, quietMs: 5_000, capMs: 20_000 };
const proxy = await createCluster({ name: 'proxy', bind: '127.0.0.1:0', profile: 'local', stableView });
const seeds = [`127.0.0.1:${proxy.address.port}`];
const servers = await Promise.all(
  [1, 2, 3, 4, 5, 6].map((number) =>
    createCluster({ name: `web-${number}`, bind: '127.0.0.1:0', profile: 'local', seeds }),
  ),
);

const formed = new Promise((resolve) => {
  proxy.on('members-changed', ({ members, joined, left, failed }) => {
    const gone = [...left, ...failed];
    // A reload of a real proxy would go here; `members` is all that it needs.
    if (gone.length > 0) console.log(`reload: ${namesOf(members)} (${gone.length} went, ${joined.length} came)`);
    if (members.length === 7) resolve(undefined);
  });
});
await formed;
console.log(`serving with ${namesOf(proxy.stableView.members)}`);

const reloaded = new Promise((resolve) => void proxy.once('members-changed', resolve));
await Promise.all(servers.slice(3).map((server) => server.close())); // Without a leave: to the others this is a crash.
await reloaded;
await Promise.all([...servers.slice(0, 3), proxy].map((member) => member.close()));

/** @param {readonly import('hearsay').SerfMember[]} members */
function namesOf(members) {
  return members
    .map(({ name }) => name)
    .filter((name) => name !== 'proxy')
    .toSorted()
    .join(', ');
}
