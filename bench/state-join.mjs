/**
 * Check 16 on real sockets: an empty member joins one that has 50,000 shared keys (7 MB), limits raised. Both in this
 * process, on loopback.
 *
 *   npm run --silent build && node bench/state-join.mjs --keys 50000
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createCluster } from 'hearsay';
import { readArguments } from './lib/arguments.mjs';

const options = readArguments({ keys: '50000', limit: '60' });
const keyCount = Number(options.keys);
const limits = { sharedKeysMax: 100_000, sharedMaxBytes: 64 * 1_024 * 1_024, sharedWritesBurst: 1e9 };
const start = (name) => createCluster({ name, bind: '127.0.0.1:0', kv: { limits } });

const first = await start('first');
for (let index = 0; index < keyCount; index += 1) {
  await first.kv.shared.put(`config/service/key-${index}`, `${index}`.padEnd(110, 'v'));
}
const second = await start('second');
const joinedAtMs = performance.now();
await second.join([`${first.address.host}:${first.address.port}`]);
let seconds;
let shownAtFirst = 0;
while (seconds === undefined && performance.now() - joinedAtMs < Number(options.limit) * 1_000) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  if (second.kv.shared.list('config/').next().done === true) continue;
  seconds = (performance.now() - joinedAtMs) / 1_000;
  shownAtFirst = [...second.kv.shared.list('config/')].length;
}
console.log(`something is shown after ${seconds?.toFixed(2)} s: ${shownAtFirst} of ${keyCount} keys`);
const folder = fileURLToPath(new URL('../.cache/bench/state/', import.meta.url));
mkdirSync(folder, { recursive: true });
appendFileSync(
  `${folder}join-sockets.jsonl`,
  `${JSON.stringify({ keyCount, seconds, shownAtFirst, atMs: Date.now() })}\n`,
);
await Promise.all([first.close(), second.close()]);
