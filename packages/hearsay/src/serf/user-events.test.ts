import { expect, test } from 'vitest';
import { ByteReader } from '../util/index.ts';
import { serfDefaults } from './config.ts';
import type { SerfEvent } from './events.ts';
import { LamportClock } from './lamport-clock.ts';
import { serfLimits } from './limits.ts';
import { decodeUserEvent } from './message-codec.ts';
import { stateLimits } from './state-limits.ts';
import { SerfCounters } from './stats.ts';
import { UserEvents } from './user-events.ts';

interface Fixture {
  readonly events: UserEvents;
  readonly raised: Extract<SerfEvent, { type: 'user' }>[];
  readonly spread: Uint8Array[];
  readonly counters: SerfCounters;
  readonly clock: LamportClock;
  readonly receive: (ltime: number, name: string, payload?: Uint8Array | null) => boolean;
}

function newEvents(userEventMaxBytes: number = 512): Fixture {
  const raised: Fixture['raised'] = [];
  const spread: Uint8Array[] = [];
  const counters = new SerfCounters();
  const clock = new LamportClock();
  const events = new UserEvents({
    config: { ...serfDefaults, userEventMaxBytes },
    clock,
    minTime: 0,
    raise: (event) => void (event.type === 'user' && raised.push(event)),
    spread: (message) => void spread.push(message),
    counters,
  });
  const receive: Fixture['receive'] = (ltime, name, payload = null) =>
    events.receive({ ltime, name, payload, coalesce: false });
  return { events, raised, spread, counters, clock, receive };
}

const letters = (count: number): Uint8Array => new Uint8Array(count).fill(0x78);

test('what is sent is told here too, and carries the time before it was raised', () => {
  const { events, raised, spread, clock } = newEvents();
  events.fire('deploy', letters(3), true);
  expect(raised).toEqual([{ type: 'user', name: 'deploy', payload: letters(3), ltime: 1, coalesce: true }]);
  expect(clock.time).toBe(2);
  expect(spread[0]![0]).toBe(3);
  expect(decodeUserEvent(new ByteReader(spread[0]!.slice(1)))).toEqual({
    ltime: 1,
    name: 'deploy',
    payload: letters(3),
    coalesce: true,
  });
});

test.each([
  [512, 479, undefined],
  [512, 480, 'encoded user event exceeds configured limit of 512 bytes after encoding (it takes 513)'],
  [512, 511, 'encoded user event exceeds configured limit of 512 bytes after encoding (it takes 544)'],
  [512, 512, 'user event exceeds configured limit of 512 bytes before encoding (it takes 513)'],
  [9_216, 9_215, 'encoded user event exceeds configured limit of 9216 bytes after encoding (it takes 9248)'],
  [9_216, 9_216, 'user event exceeds configured limit of 9216 bytes before encoding (it takes 9217)'],
])('with a limit of %i, a payload of %i and a name of one byte: %s', (limitBytes, payloadBytes, error) => {
  const { events, raised, clock } = newEvents(limitBytes);
  // Times from 256 to 65,535 take three bytes.
  clock.witness(300);
  const fire = (): void => void events.fire('n', letters(payloadBytes), false);
  if (error === undefined) fire();
  else expect(fire).toThrow(expect.objectContaining({ code: 'ERR_EVENT_TOO_LARGE', message: error }));
  expect(raised).toHaveLength(error === undefined ? 1 : 0);
});

test('the length of a name counts in bytes', () => {
  const { events } = newEvents();
  expect(() => events.fire('ä'.repeat(257), letters(0), false)).toThrow('(it takes 514)');
});

test('a leap of the clock is refused and nothing is told', () => {
  const { receive, raised, counters, clock } = newEvents();
  expect(receive(Number.MAX_SAFE_INTEGER, 'far')).toBe(false);
  expect([raised.length, clock.time, counters.clockJumpsRefused]).toEqual([0, 1, 1]);
});

test('an event that no correct member sends is refused', () => {
  const { receive, counters } = newEvents();
  expect(receive(1, 'n', letters(serfLimits.userEventMaxBytes))).toBe(false);
  expect(receive(1, 'n', letters(serfLimits.userEventMaxBytes - 1))).toBe(true);
  expect(counters.userEventsRefused).toBe(1);
});

test('a flood of events of one time is cut off, in number and in bytes', () => {
  const many = newEvents();
  for (let index = 0; index < 2_000; index += 1) many.receive(7, `name-${index}`);
  expect(many.events.count).toBe(serfLimits.eventsPerTimeMax);
  expect(many.counters.userEventsRefused).toBe(2_000 - serfLimits.eventsPerTimeMax);
  const large = newEvents();
  for (let index = 0; index < 200; index += 1) large.receive(7, `name-${index}`, letters(9_000));
  expect(large.events.sizeBytes).toBeLessThanOrEqual(stateLimits.slotMaxBytes);
  expect(large.counters.userEventsRefused).toBeGreaterThan(0);
  // One that is refused is not told, for it would be told again each time it comes.
  expect(large.raised).toHaveLength(large.events.count);
});

test('a flood of large events makes the oldest go, and none is ever told twice', () => {
  const { events, receive, raised, counters } = newEvents();
  const flood = (): void => {
    for (let index = 0; index < 3_000; index += 1) {
      receive(1 + (index % 500), `name-${index}`, letters(9_000));
      expect(events.sizeBytes).toBeLessThanOrEqual(stateLimits.eventsMaxBytes);
    }
  };
  flood();
  expect(counters.userEventTimesForgotten).toBeGreaterThan(0);
  const told = raised.length;
  flood();
  const names = raised.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(raised.length).toBeGreaterThanOrEqual(told);
  // What is sent now is heard all the same.
  expect(receive(600, 'fresh')).toBe(true);
});

test('a flood of small events is bounded by number', () => {
  const { events, receive } = newEvents();
  for (let ltime = 1; ltime <= 500; ltime += 1) {
    for (let index = 0; index < 100; index += 1) receive(ltime, `${index}`);
  }
  expect(events.count).toBeLessThanOrEqual(serfLimits.pushPullEventsMax);
  expect(events.slots.reduce((sum, slot) => sum + slot.events.length, 0)).toBe(events.count);
});

test('what came before a given time is of no interest, and that never goes back', () => {
  const { events, receive } = newEvents();
  events.ignoreBefore(50);
  events.ignoreBefore(20);
  expect(receive(49, 'late')).toBe(false);
  expect(receive(50, 'on time')).toBe(true);
});
