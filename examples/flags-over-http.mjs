// Feature flags in an HTTP service. Each process answers requests, with a flag that any of them can change; all follow.
//
//   npm run build
//   node examples/flags-over-http.mjs web-1 8001 7946
//   node examples/flags-over-http.mjs web-2 8002 7947 127.0.0.1:7946
//   curl 'http://127.0.0.1:8001/?user=ann'                               # hello
//   curl -X PUT 'http://127.0.0.1:8002/flags/friendly?percent=100'
//   curl 'http://127.0.0.1:8001/?user=ann'                               # hello ann, how nice to see you
import { createServer } from 'node:http';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { createCluster } from 'hearsay';
import { flagKey } from 'hearsay/flags';
import { HearsayProvider } from 'hearsay/openfeature';

const [name = 'web', httpPort = '0', port = '0', ...seeds] = process.argv.slice(2);
const cluster = await createCluster({ name, bind: `127.0.0.1:${port}`, profile: 'local', seeds });

// The first of the pool has nobody to ask; who joins one waits until it has the flags.
await OpenFeature.setProviderAndWait(new HearsayProvider(cluster, { expectsPeers: seeds.length > 0 }));
const flags = OpenFeature.getClient();
flags.addHandler(ProviderEvents.ConfigurationChanged, (event) =>
  console.log('changed:', ...(event?.flagsChanged ?? [])),
);

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const answer =
    request.method === 'PUT'
      ? setFlag(pathname.slice('/flags/'.length), searchParams)
      : greet(searchParams.get('user') ?? 'stranger');
  // What is no flag, such as a percentage of 120, is refused where it is written.
  const refuse = (/** @type {Error} */ error) => response.writeHead(400).end(`${error.message}\n`);
  void answer.then((text) => response.end(text), refuse);
});
server.listen(Number(httpPort), '127.0.0.1', () => console.log(`${name} answers`));

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void leave());

/** @param {string} user */
async function greet(user) {
  const isFriendly = await flags.getBooleanValue('friendly', false, { targetingKey: user });
  return isFriendly ? `hello ${user}, how nice to see you\n` : 'hello\n';
}

/**
 * @param {string} flag
 * @param {URLSearchParams} options
 */
async function setFlag(flag, options) {
  const percent = Number(options.get('percent') ?? 100);
  const rules = [{ serve: [{ variant: 'on', percent }] }];
  await cluster.kv.shared.put(flagKey(flag), { variants: { on: true, off: false }, defaultVariant: 'off', rules });
  return `${flag} is on for ${percent} %\n`;
}

async function leave() {
  server.close();
  server.closeAllConnections();
  await OpenFeature.close();
  await cluster.leave();
  await cluster.close();
}
