import { expect, test } from 'vitest';
import { StepClock } from '../util/index.ts';
import { RumorLog, traceLimits } from './index.ts';
import { eventKey, writeKey } from './rumor-key.ts';

const from = { host: '10.0.0.1', port: 7_946 };

function newLog(queued: number = 0): { clock: StepClock; log: RumorLog } {
  const clock = new StepClock();
  return { clock, log: new RumorLog(clock, () => queued) };
}

test('of a rumor is known when it came, from whom, what waited, and what became of it', () => {
  const { clock, log } = newLog(7);
  clock.advanceTo(100);
  log.comesBy('gossip', from);
  const hearing = log.heard('k');
  log.repeated('k');
  clock.advanceTo(250);
  log.passing('k').onSent();
  log.passing('k').onSent();
  log.passing('k').onGone();
  expect(log.find('k')).toBe(hearing);
  expect(hearing).toMatchObject({ atMs: 100, via: 'gossip', from, queuedCount: 7, copyCount: 2, sendCount: 2 });
  expect(hearing).toMatchObject({ firstSentAtMs: 250, isGone: true });
});

test('what is passed on without having been heard is its own', () => {
  const { log } = newLog();
  log.comesBy('gossip', from);
  expect(log.passing('k')).toMatchObject({ via: 'own', from: undefined, copyCount: 0 });
});

test('copies that come with a comparison of states do not count as gossip', () => {
  const { log } = newLog();
  log.comesBy('push-pull', from);
  const hearing = log.heard('k');
  log.repeated('k');
  log.comesBy('gossip', from);
  log.repeated('k');
  expect(hearing.copyCount).toBe(1);
});

test('however many come, the newest so many are remembered, and it is known since when', () => {
  const { clock, log } = newLog();
  expect(log.forgottenUntilMs).toBe(-Infinity);
  const count = traceLimits.rumorsMax + 10;
  for (let index = 1; index <= count; index += 1) {
    clock.advanceTo(index);
    log.heard(`k${index}`);
  }
  expect(log.count).toBe(traceLimits.rumorsMax);
  expect(log.forgottenUntilMs).toBe(10);
  expect(log.find('k10')).toBeUndefined();
  expect(log.find('k11')).toBeDefined();
});

test('the bytes of names are bounded, and a name of any length is taken', () => {
  const { log } = newLog();
  log.heard('x'.repeat(traceLimits.keyMaxLength + 1));
  expect(log.count).toBe(0);
  const name = 'x'.repeat(traceLimits.keyMaxLength - 6);
  const fitting = Math.floor(traceLimits.keysMaxBytes / traceLimits.keyMaxLength);
  for (let index = 0; index < 2 * fitting; index += 1) log.heard(`${name}${100_000 + index}`);
  expect(log.count).toBeLessThanOrEqual(traceLimits.rumorsMax);
  expect(log.count * traceLimits.keyMaxLength).toBeLessThanOrEqual(traceLimits.keysMaxBytes);
});

test('events of one time and name differ by their payload, and a name never runs into the payload', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const keys = [
    eventKey(7, 'deploy', bytes('1')),
    eventKey(7, 'deploy', bytes('2')),
    eventKey(8, 'deploy', bytes('1')),
    eventKey(7, 'deploy1', bytes('')),
    eventKey(7, 'deploy', null),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(eventKey(7, 'deploy', null)).toBe(eventKey(7, 'deploy', bytes('')));
  expect(eventKey(Number.MAX_SAFE_INTEGER, 'x', null).length).toBeLessThanOrEqual(traceLimits.keyMaxLength);
  const write = { stream: 'f'.repeat(16), version: Number.MAX_SAFE_INTEGER };
  expect(writeKey(write).length).toBeLessThanOrEqual(traceLimits.keyMaxLength);
});
