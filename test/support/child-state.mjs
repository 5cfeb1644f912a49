/**
 * A member in a process of its own that keeps its state in a folder: `child-state <folder> <bind> <seed> <first number>`.
 * Says its address, then writes a shared key and one of its own again and again, each value a higher number.
 */
import { writeSync } from 'node:fs';
import { createCluster } from 'hearsay';

const [dataDir, bind, seed, firstNumber] = process.argv.slice(2);
const limits = { sharedWritesPerSecond: 1_000, sharedWritesBurst: 1_000 };
const kv = { dataDir, periodMs: 200, limits };
const cluster = await createCluster({ name: 'writer', bind, seeds: [seed], profile: 'local', kv });
const found = [...cluster.kv.shared.list('key ')].map(({ key, value }) => [key, value]);
say({ port: cluster.address.port, found, own: cluster.kv.own.get('own') ?? 0 });
let number = Number(firstNumber);
for (;;) {
  await cluster.kv.shared.put(`key ${number % 20}`, number);
  await cluster.kv.own.set('own', number);
  say({ wrote: number });
  number += 1;
  await new Promise((resolve) => setTimeout(resolve, 5));
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
