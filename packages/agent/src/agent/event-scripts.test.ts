import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { loadSerfVectors } from '../../../../test/golden/serf-vectors.ts';
import { AgentLog } from './agent-log.ts';
import { parseEventHandlers } from './event-filter.ts';
import { EventScripts, type EventScriptsOptions } from './event-scripts.ts';
import type { ScriptEvent, ScriptSelf } from './script-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearsay-scripts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const log = new AgentLog('err');

const plain: ScriptSelf = { name: 'node-a', tags: {} };
const tagged: ScriptSelf = { name: 'node-a', tags: { role: 'db', 'my-tag.1': 'v', Mixed: 'Case' } };
const nodeB = { name: 'node-b', host: '127.0.0.1', tags: { role: 'web', 'Data-Center': 'eu west' } };

function scriptsFor(handlers: readonly string[], options: Partial<EventScriptsOptions> = {}): EventScripts {
  return new EventScripts({
    handlers: parseEventHandlers(handlers),
    self: () => plain,
    logger: log.logger('agent'),
    ...options,
  });
}

/** Runs one event to its end. Returns the answers to it, if it is a query. */
async function runOne(handler: string, event: ScriptEvent, self: ScriptSelf = plain): Promise<readonly string[]> {
  const answers: string[] = [];
  const respond = (payload: Uint8Array): void => void answers.push(Buffer.from(payload).toString());
  const scripts = scriptsFor([handler], { self: () => self });
  scripts.handle(event.type === 'query' ? { ...event, respond } : event);
  await scripts.stop(60_000);
  return answers;
}

function user(name: string, payload: string = ''): ScriptEvent {
  return { type: 'user', name, payload: Buffer.from(payload), ltime: 1 };
}

function query(name: string, payload: string = ''): ScriptEvent {
  return { type: 'query', name, payload: Buffer.from(payload), ltime: 1, respond: () => {} };
}

const { files } = loadSerfVectors<{ files: { new: { file?: string; content: string }[] } }>('agent-files');
const contentOf = (file: string): string => files.new.find((entry) => entry.file === file)!.content;

test.each<[ScriptEvent, ScriptSelf]>([
  [{ type: 'member-join', members: [{ name: 'node-a', host: '127.0.0.1', tags: {} }, nodeB] }, plain],
  [
    {
      type: 'member-update',
      members: [{ name: 'node-a', host: '127.0.0.1', tags: { role: 'db', 'my-tag.1': 'v', Mixed: 'Case' } }],
    },
    tagged,
  ],
  [{ type: 'member-failed', members: [nodeB] }, tagged],
  [user('deploy', 'line one'), tagged],
  [query('ask', 'payload of the query'), tagged],
])('a script gets the environment and the input that Serf gives it: $type', async (event, self) => {
  const [env, input] = [join(folder, 'env'), join(folder, 'in')];
  await runOne(`=env | grep ^SERF_ | LC_ALL=C sort > ${env}; cat > ${input}`, event, self);
  expect(readFileSync(env, 'utf8')).toBe(contentOf(`env-${event.type}.txt`));
  expect(readFileSync(input, 'utf8')).toBe(contentOf(`stdin-${event.type}.txt`));
});

test.each([
  ['', ''],
  ['x', 'x\n'],
  ['x\n', 'x\n'],
  ['x\ny', 'x\ny\n'],
  ['\n', '\n'],
])('a payload of %j is the input %j', async (payload, input) => {
  const path = join(folder, 'payload');
  await runOne(`=cat > ${path}`, user('e', payload));
  expect(readFileSync(path, 'utf8')).toBe(input);
});

test('tabs and newlines of names and tags cannot break the lines of the input', async () => {
  const path = join(folder, 'broken');
  const tags = JSON.parse('{"role": "w\\teb", "a\\nb": "1", "__proto__": "p"}') as Record<string, string>;
  await runOne(`=cat > ${path}`, { type: 'member-leave', members: [{ name: 'n\n1', host: '::1', tags }] });
  expect(readFileSync(path, 'utf8')).toBe('n\\n1\t::1\tw\\teb\trole=w\\teb,a\\nb=1,__proto__=p\n');
});

test('an event name with a zero byte runs the script all the same', async () => {
  const path = join(folder, 'zero');
  await runOne(`=printf %s "$SERF_USER_EVENT" > ${path}`, user('a\0b'));
  expect(readFileSync(path, 'utf8')).toBe('a\\0b');
});

test('a script runs as by Serf: $0 is the shell, a group of its own, and the environment of the agent', async () => {
  const path = join(folder, 'shell');
  process.env['HEARSAY_TEST_VARIABLE'] = 'here';
  await runOne(`=echo "$0 $# $HEARSAY_TEST_VARIABLE $(cut -d' ' -f5 /proc/$$/stat) $$" > ${path}`, user('e'));
  const [shell, count, variable, group, pid] = readFileSync(path, 'utf8').trim().split(' ');
  expect([shell, count, variable, group]).toEqual(['/bin/sh', '0', 'here', pid]);
});

test("a script gets the auth key of RPC out of the agent's environment, but not the cluster's key", async () => {
  const path = join(folder, 'keys');
  vi.stubEnv('HEARSAY_ENCRYPT', 'secret');
  vi.stubEnv('HEARSAY_RPC_AUTH', 'sesame');
  onTestFinished(() => void vi.unstubAllEnvs());
  await runOne(`=echo "<$HEARSAY_ENCRYPT> <$HEARSAY_RPC_AUTH>" > ${path}`, user('e'));
  expect(readFileSync(path, 'utf8')).toBe('<> <sesame>\n');
});

test.each([
  ['echo out; echo err >&2; echo out', ['out\nerr\nout\n']],
  ['printf %s no-newline', ['no-newline']],
  ['true', []],
  ['echo answer; exit 3', []],
  ['kill -9 $$', []],
  ['no-such-program', []],
])('the answer of the script "%s" is %j', async (script, answers) => {
  expect(await runOne(`query=${script}`, query('q'))).toEqual(answers);
});

test('of a long output the last 8,192 bytes are the answer', async () => {
  const [answer] = await runOne('query=seq 1 10000', query('q'));
  expect(answer).toHaveLength(8_192);
  expect(answer!.endsWith('9999\n10000\n')).toBe(true);
});

test('a script that does not read its input hurts nobody', async () => {
  expect(await runOne('query=exec 0<&-; echo fine', query('q', 'x'.repeat(9_000)))).toEqual(['fine\n']);
});

test('handlers run one after the other, events in their order, twice for two filters that both match', async () => {
  const path = join(folder, 'order');
  const scripts = scriptsFor([
    `user:a,user=sleep 0.05; echo "first $SERF_USER_EVENT" >> ${path}`,
    `user=echo "second $SERF_USER_EVENT" >> ${path}`,
    `query=echo never >> ${path}`,
  ]);
  scripts.handle(user('a'));
  scripts.handle(user('b'));
  await scripts.stop(60_000);
  expect(readFileSync(path, 'utf8').trim().split('\n')).toEqual([
    'first a',
    'first a',
    'second a',
    'first b',
    'second b',
  ]);
  expect(scripts.stats).toEqual({ waitingCount: 0, droppedCount: 0, runCount: 5, failedCount: 0 });
});

test('events wait in a bounded queue, what does not fit is counted, and no one waits for a script', async () => {
  const scripts = scriptsFor(['user=sleep 0.2'], { maxWaitingCount: 2 });
  for (let i = 0; i < 10; i += 1) scripts.handle(user('e'));
  // One runs, two wait.
  expect(scripts.stats).toMatchObject({ waitingCount: 2, droppedCount: 7 });
  await scripts.stop(60_000);
  expect(scripts.stats).toMatchObject({ runCount: 3, droppedCount: 7 });
  scripts.handle(user('late'));
  expect(scripts.stats.droppedCount).toBe(8);
});

test('at the end a script that hangs is ended with all it has started, and the rest is dropped', async () => {
  const [started, survived] = [join(folder, 'started'), join(folder, 'survived')];
  const scripts = scriptsFor([`user=(trap '' TERM; sleep 5; touch ${survived}) & touch ${started}; wait`]);
  scripts.handle(user('a'));
  scripts.handle(user('b'));
  const startedAtMs = performance.now();
  await scripts.stop(300);
  expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  expect([existsSync(started), existsSync(survived)]).toEqual([true, false]);
  expect(scripts.stats).toEqual({ waitingCount: 0, droppedCount: 1, runCount: 1, failedCount: 1 });
});

test('a script that takes longer than event_handler_timeout is ended, and the next one runs', async () => {
  const path = join(folder, 'after');
  const own = new AgentLog('err');
  const scripts = scriptsFor(['user=sleep 60', `user=touch ${path}`], { timeoutMs: 100, logger: own.logger('agent') });
  scripts.handle(user('a'));
  await scripts.stop(60_000);
  expect(existsSync(path)).toBe(true);
  expect(own.ring.lines('err').map(({ text }) => text.slice(20))).toEqual([
    "[ERR] agent: Error invoking script 'sleep 60': ended after 100ms, its event_handler_timeout",
  ]);
});

test('what goes wrong is told in the words of Serf', async () => {
  const own = new AgentLog('err');
  const handlers = [
    'query:big=seq 1 10000',
    'query:fail=exit 7',
    'query:killed=kill $$',
    'query:slow=sleep 1.1; echo late',
  ];
  const scripts = scriptsFor(handlers, { logger: own.logger('agent') });
  const respond = (): Promise<void> => Promise.reject(new Error('response is past the deadline'));
  for (const name of ['big', 'fail', 'killed', 'slow']) {
    scripts.handle({ type: 'query', name, payload: new Uint8Array(), ltime: 1, respond });
  }
  await scripts.stop(60_000);
  expect(own.ring.lines('warn').map(({ text }) => text.slice(20))).toEqual([
    "[WARN] agent: Script 'seq 1 10000' generated 48894 bytes of output, truncated to 8192",
    "[WARN] agent: Failed to respond to query 'big': response is past the deadline",
    "[ERR] agent: Error invoking script 'exit 7': exit status 7",
    "[ERR] agent: Error invoking script 'kill $$': signal: terminated",
    "[WARN] agent: Script 'sleep 1.1; echo late' slow, execution exceeding 1s",
    "[WARN] agent: Failed to respond to query 'slow': response is past the deadline",
  ]);
});

test('new handlers count from the next event on', async () => {
  const path = join(folder, 'reloaded');
  const scripts = scriptsFor([`user=echo old >> ${path}`]);
  scripts.handle(user('a'));
  scripts.handlers = parseEventHandlers([`user=echo new >> ${path}`]);
  scripts.handle(user('a'));
  await scripts.stop(60_000);
  expect(readFileSync(path, 'utf8')).toBe('old\nnew\n');
});

test('the metrics are told of every run', async () => {
  const runs: string[] = [];
  writeFileSync(join(folder, 'x.sh'), '');
  const scripts = scriptsFor(['user=true', 'user=false'], { onRun: (script, ms) => runs.push(`${script} ${ms > 0}`) });
  scripts.handle(user('a'));
  await scripts.stop(60_000);
  expect(runs).toEqual(['true true', 'false true']);
});
