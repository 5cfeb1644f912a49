/**
 * The contract between an agent and its event handlers: one script, run under our agent and under a stock one in equal
 * pools, is given the same environment and the same input, and what it answers to a query arrives.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { runSerf, SerfAgent } from './support/serf-agent.ts';

/** Writes what it is given into files named for the event, and answers queries. */
const script = `#!/bin/sh
out="$1/$SERF_EVENT-$SERF_USER_EVENT$SERF_QUERY_NAME"
env | grep '^SERF_' | sort > "$out.env"
cat > "$out.stdin.part"
mv "$out.stdin.part" "$out.stdin"
case "$SERF_QUERY_NAME" in
  ask) echo "asked $SERF_SELF_NAME"; echo "and told" >&2 ;;
  fails) echo lost; exit 3 ;;
  long) head -c 2000 /dev/zero | tr '\\0' x ;;
esac
`;

const tags = ['-tag=role=web', '-tag=my-tag.1=a b', '-tag=Mixed=Case', '-tag=tab=x\ty'];

describe.skipIf(findPeer('serf') === undefined)('an event handler', { timeout: 120_000 }, () => {
  test('is given the same by our agent and by a stock one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearsay-handlers-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'handler.sh');
    writeFileSync(path, script, { mode: 0o755 });
    const [given, expected] = await Promise.all([
      // Without state, for which our agent has a tag that scripts see.
      play(path, folder, 'ours', (flags) => OurAgent.start('node-a', [...flags, '-kv=false'])),
      play(path, folder, 'stock', (flags) => SerfAgent.start('node-a', { flags })),
    ]);
    expect(Object.keys(expected.files)).toHaveLength(18);
    expect(given).toEqual(expected);
  });
});

interface Played {
  /** What the script wrote, by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** What the command said that asked the queries. */
  readonly answers: readonly string[];
}

/** Lets everything happen to an agent that its handler can be told of. */
async function play(
  path: string,
  parent: string,
  name: string,
  start: (flags: readonly string[]) => Promise<{ readonly address: string; readonly rpcAddress: string }>,
): Promise<Played> {
  const folder = mkdtempSync(join(parent, `${name}-`));
  const written = (file: string): Promise<unknown> =>
    eventually(
      `${name} has written ${file}`,
      () => readdirSync(folder),
      (files) => files.includes(`${file}.stdin`),
    );
  const { address, rpcAddress } = await start([...tags, `-event-handler=*=${path} ${folder}`]);
  await written('member-join-');
  const serf = async (...args: string[]): Promise<string> => (await runSerf(rpcAddress, args)).stdout;
  rmSync(join(folder, 'member-join-.stdin'));

  const other = await SerfAgent.start('node-b', { join: { address }, flags: ['-tag=role=db', '-tag=dc=eu west'] });
  await written('member-join-');
  await serf('tags', '-set', 'added=1');
  await written('member-update-');
  await serf('event', 'deploy', 'line one');
  await written('user-deploy');
  await serf('event', '-coalesce=false', 'ends', 'with newline\\n');
  await written('user-ends');
  await serf('event', '-coalesce=false', 'empty');
  await written('user-empty');
  const answers: string[] = [];
  for (const query of ['ask', 'fails', 'long']) {
    answers.push(await serf('query', '-timeout=700ms', '-no-ack', '-format=json', '-node=node-a', query, 'payload'));
    await written(`query-${query}`);
  }
  await other.process.stop('SIGKILL');
  await written('member-failed-');
  return { files: readAll(folder), answers };
}

function readAll(folder: string): Record<string, string> {
  const read = (file: string): string => withoutVariance(file, readFileSync(join(folder, file), 'utf8'));
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((file) => [file, read(file)] as const),
  );
}

/** The order of tags in a line is any. */
function withoutVariance(file: string, text: string): string {
  if (!file.startsWith('member-') || !file.endsWith('.stdin')) return text;
  return text.replaceAll(/[^\t\n]+$/gm, (list) => list.split(',').toSorted().join(','));
}
