// An application that divides its work among the members, anew whenever one comes or goes. Start it several times:
//
//   npm run build
//   node examples/share-work.mjs 7946
//   node examples/share-work.mjs 7947 127.0.0.1:7946
//   node examples/share-work.mjs 7948 127.0.0.1:7946
import { createHash } from 'node:crypto';
import { createCluster } from 'hearsay';

const [port = '0', ...seeds] = process.argv.slice(2);
const jobs = ['billing', 'cleanup', 'index', 'mail', 'report', 'thumbnails', 'translate', 'warehouse'];

const cluster = await createCluster({ name: `worker-${port}`, bind: `127.0.0.1:${port}`, profile: 'local', seeds });
let said = '';

for (const type of /** @type {const} */ (['member-join', 'member-leave', 'member-failed'])) cluster.on(type, divide);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void leave());
divide();

/** While the news spreads, two members may both think that a job is theirs: jobs must bear being done twice. */
function divide() {
  const mine = jobs.filter((job) => ownerOf(job) === cluster.name);
  const line = `members: ${cluster.members.length}, mine: ${mine.join(', ') || 'nothing'}`;
  if (line !== said) console.log(line);
  said = line;
}

/**
 * Rendezvous hashing: every member comes to the same answer alone, and one that goes gives away only its own jobs.
 * @param {string} job
 */
function ownerOf(job) {
  const scored = cluster.members.map(({ name }) => ({ name, score: scoreOf(job, name) }));
  return scored.reduce((best, next) => (next.score > best.score ? next : best)).name;
}

/**
 * @param {string} job
 * @param {string} member
 */
function scoreOf(job, member) {
  return createHash('sha1').update(`${job} ${member}`).digest().readUInt32BE();
}

async function leave() {
  await cluster.leave();
  await cluster.close();
}
