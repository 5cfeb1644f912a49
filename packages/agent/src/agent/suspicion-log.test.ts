import type { SwimTraceEvent } from 'hearsay';
import { expect, test } from 'vitest';
import { AgentLog } from './agent-log.ts';
import { suspicionLog } from './suspicion-log.ts';

const facts = { atMs: 0, node: 'b', incarnation: 1 };
const suspected: SwimTraceEvent = { type: 'suspect', ...facts, from: 'me' };

function linesOf(...events: readonly SwimTraceEvent[]): readonly string[] {
  const log = new AgentLog('info');
  const trace = suspicionLog(log.logger('memberlist'), 'me');
  for (const event of events) trace(event);
  return log.ring.lines('info').map(({ text }) => text.slice(20));
}

test('a probe that fails and the death that follows are logged, with those who confirmed it', () => {
  const lines = linesOf(
    { type: 'probe-failed', atMs: 0, target: 'b' },
    suspected,
    { type: 'suspicion-confirmed', atMs: 0, node: 'b', from: 'c', confirmations: 1 },
    { type: 'dead', ...facts, from: 'me' },
  );
  expect(lines).toEqual([
    '[INFO] memberlist: Suspect b has failed, no acks received',
    '[INFO] memberlist: Marking b as failed, suspect timeout reached (1 peer confirmations)',
  ]);
});

test('a death that others have declared is theirs to log', () => {
  expect(linesOf(suspected, { type: 'dead', ...facts, from: 'c' })).toEqual([]);
});

test('confirmations of a suspicion that was denied do not count for the next one', () => {
  const lines = linesOf(
    suspected,
    { type: 'suspicion-confirmed', atMs: 0, node: 'b', from: 'c', confirmations: 1 },
    { type: 'alive', ...facts, incarnation: 2 },
    suspected,
    { type: 'dead', ...facts, from: 'me' },
  );
  expect(lines).toEqual(['[INFO] memberlist: Marking b as failed, suspect timeout reached (0 peer confirmations)']);
});

test('what is denied is logged with the accuser', () => {
  expect(
    linesOf({ type: 'refute', atMs: 0, incarnation: 3, accuser: 'c' }, { type: 'refute', atMs: 0, incarnation: 4 }),
  ).toEqual([
    '[WARN] memberlist: Refuting a suspect message (from: c)',
    '[WARN] memberlist: Refuting a suspect message (from: a state exchange)',
  ]);
});
