/** A member in a process of its own that takes all file descriptors there are, or gives them back, when it is told to. */
import { closeSync, openSync } from 'node:fs';
import { createCluster } from 'hearsay';

const [seed, swim] = process.argv.slice(2);
const cluster = await createCluster({
  name: 'hungry',
  bind: '127.0.0.1:0',
  profile: 'local',
  seeds: [seed],
  swim: JSON.parse(swim),
});
const taken = [];

process.on('message', (order) => {
  if (order === 'take') takeAll();
  else for (const descriptor of taken.splice(0)) closeSync(descriptor);
  process.send({ taken: taken.length, news: cluster.members.map(({ tags }) => tags.news ?? '') });
});

function takeAll() {
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}
