/** A member in a process of its own, from the built package: `member <address to join> <swim settings>` or `unref`. */
import { createCluster } from 'hearsay';

const [mode, seed, swim] = process.argv.slice(2);
const cluster = await createCluster({
  name: `child-${process.pid}`,
  bind: '127.0.0.1:0',
  profile: 'local',
  ...(seed !== undefined && { seeds: [seed] }),
  ...(swim !== undefined && { swim: JSON.parse(swim) }),
});
if (mode === 'unref') cluster.unref();
