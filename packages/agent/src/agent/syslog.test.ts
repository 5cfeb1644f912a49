import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AgentLog } from './agent-log.ts';
import { isSyslogFacility, syslogPriority } from './syslog-codes.ts';
import { Syslog } from './syslog.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearsay-syslog-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** What happens here is written as Serf would have written it. */
const lines = ['trace', 'debug', 'info', 'warn', 'err'] as const;

test('each level has the severity that Serf gives it', () => {
  const severities = lines.map((level) => syslogPriority('local0', level) % 8);
  expect(severities).toEqual([7, 7, 5, 4, 3]);
  expect(Math.floor(syslogPriority('LOCAL4', 'info') / 8)).toBe(20);
  expect(isSyslogFacility('daemon')).toBe(true);
  expect(isSyslogFacility('toString')).toBe(false);
});

test('lines that pass the level are handed over without time and level, with their priority', async () => {
  const program = join(folder, 'fake-logger');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$*" > ${folder}/args\nexec cat > ${folder}/lines\n`, {
    mode: 0o755,
  });
  const log = new AgentLog('info');
  const syslog = new Syslog({ facility: 'LOCAL0', program, socketPath: '/dev/log' });
  log.addSink(syslog.sink);
  const logger = log.logger('agent');
  logger.debug({}, 'not this');
  logger.info({ name: 'a' }, 'joined [x]\n<0>forged');
  logger.error({}, 'it failed');
  await syslog.close();
  expect(readFileSync(join(folder, 'args'), 'utf8')).toBe('--prio-prefix --tag serf --socket /dev/log\n');
  expect(readFileSync(join(folder, 'lines'), 'utf8')).toBe(
    '<133>agent: joined [x] <0>forged name=a\n<131>agent: it failed\n',
  );
  logger.info({}, 'too late');
  expect(syslog.droppedCount).toBe(1);
});

test('a program that is not there costs lines, and nothing else', async () => {
  const syslog = new Syslog({ facility: 'USER', program: join(folder, 'none'), socketPath: '/dev/log' });
  const log = new AgentLog('info');
  log.addSink(syslog.sink);
  await new Promise((resolve) => setTimeout(resolve, 50));
  log.logger('agent').info({}, 'lost');
  expect(syslog.droppedCount).toBe(1);
  await syslog.close();
});

test('without a syslog the agent says so at start', () => {
  if (['/dev/log', '/var/run/syslog', '/var/run/log'].some((path) => existsSync(path))) return;
  expect(() => new Syslog({ facility: 'USER' })).toThrow('Syslog setup failed: nothing listens at /dev/log');
});

test.skipIf(!hasPrograms())('logger(1) of util-linux sends a datagram a line', async () => {
  const socketPath = join(folder, 'log');
  const receiver = spawn('python3', [
    '-c',
    `import socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind("${socketPath}")\nprint("ready", flush=True)\nprint(s.recv(4096).decode(), flush=True)\nprint(s.recv(4096).decode(), flush=True)`,
  ]);
  let output = '';
  receiver.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(receiver.stdout, 'data');
  const syslog = new Syslog({ facility: 'DAEMON', socketPath });
  const log = new AgentLog('info');
  log.addSink(syslog.sink);
  log.logger('agent').info({}, 'one');
  log.logger('serf').warn({}, 'two');
  await once(receiver, 'close');
  await syslog.close();
  expect(output).toMatch(
    /^ready\n<29>\w{3} [ \d]\d [\d:]{8} serf: agent: one\n<28>\w{3} [ \d]\d [\d:]{8} serf: serf: two\n$/,
  );
});

function hasPrograms(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return execFileSync('logger', ['--version']).includes('util-linux');
  } catch {
    return false;
  }
}
