import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StepClock, TimerQueue } from '../util/index.ts';
import type { SerfEvent, SerfMember } from './events.ts';
import type { SnapshotRecord } from './host.ts';
import { replaySnapshot, type SnapshotState } from './snapshot.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { passUntil } from '../../../../test/support/pass-time.ts';

const nothing = new Uint8Array(0);

function memberOf(name: string, port: number): SerfMember {
  return { name, address: { host: '10.0.0.1', port } } as SerfMember;
}

/** A disk, and a node that writes its snapshot there. */
class Disk {
  text: string;
  syncCount: number = 0;
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  memberTime: number = 1;
  /** Who is alive or leaving. */
  membersHere: readonly SerfMember[] = [];

  constructor(text: string = '') {
    this.text = text;
  }

  open(options: { rejoinAfterLeave?: boolean; minCompactBytes?: number } = {}): SnapshotWriter {
    const { rejoinAfterLeave = false, minCompactBytes = 131_072 } = options;
    const writer = new SnapshotWriter({
      replayed: replaySnapshot(this.text, { rejoinAfterLeave }),
      rejoinAfterLeave,
      minCompactBytes,
      persist: (record) => this.#apply(record),
      clock: this.clock,
      timers: this.timers,
      memberTime: () => this.memberTime,
      membersHere: () => this.membersHere,
    });
    writer.start();
    return writer;
  }

  runForMs(durationMs: number): void {
    passUntil(this.clock, this.timers, this.clock.nowMs + durationMs);
  }

  #apply(record: SnapshotRecord): void {
    if (record.kind === 'append') this.text += record.text;
    else if (record.kind === 'replace') this.text = record.text;
    else this.syncCount += 1;
  }
}

function stateIn(text: string, rejoinAfterLeave: boolean = false): SnapshotState {
  const { aliveNodes, clock, eventClock, queryClock } = replaySnapshot(text, { rejoinAfterLeave });
  return { aliveNodes, clock, eventClock, queryClock };
}

type Step = (disk: Disk, writer: SnapshotWriter) => void;
const event = (type: SerfEvent['type'], rest: object): SerfEvent => ({ type, ...rest }) as SerfEvent;
const name = fc.constantFrom('a', 'b', 'c d', 'leave', 'é', 'x\nleave');
const time = fc.integer({ min: 0, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom('member-join', 'member-failed', 'member-leave', 'member-update', 'member-reap'), name, time)
    .map(
      ([type, who, port]): Step =>
        (_, writer) =>
          writer.take(event(type, { members: [memberOf(who, port)] })),
    ),
  time.map(
    (ltime): Step =>
      (_, writer) =>
        writer.take(event('user', { ltime, payload: nothing })),
  ),
  time.map(
    (ltime): Step =>
      (_, writer) =>
        writer.take(event('query', { ltime, payload: nothing })),
  ),
  fc.constant<Step>((disk) => void (disk.memberTime += 1)),
  fc.constant<Step>((disk) => disk.runForMs(300)),
);
const steps = fc.array(step, { maxLength: 30 });

test('what was written is read again, compacted or not', () => {
  const property = fc.property(steps, fc.constantFrom(1, 60, 131_072), (history, minCompactBytes) => {
    const disk = new Disk();
    const writer = disk.open({ minCompactBytes });
    for (const take of history) take(disk, writer);
    writer.stop();
    expect(stateIn(disk.text)).toEqual(writer.state);
  });
  fc.assert(property);
});

test('a node that dies in the middle of a write goes on from the last whole line', () => {
  const property = fc.property(steps, steps, fc.nat(), (before, after, cut) => {
    const disk = new Disk();
    const writer = disk.open();
    for (const take of before) take(disk, writer);
    writer.stop();
    const written = disk.text.slice(0, cut % (disk.text.length + 1));
    const whole = written.slice(0, written.lastIndexOf('\n') + 1);
    expect(stateIn(written)).toEqual(stateIn(whole));

    const restarted = new Disk(written);
    const next = restarted.open();
    expect(next.state).toEqual(stateIn(whole));
    for (const take of after) take(restarted, next);
    next.stop();
    expect(stateIn(restarted.text)).toEqual(next.state);
  });
  fc.assert(property);
});

test('no file, whatever it holds, makes the replay throw, and its warnings stay few', () => {
  const line = fc.constantFrom('alive: ', 'not-alive: ', 'clock: ', 'leave', 'x', ' ', '\n', '\0', '1', '\r', '\udc80');
  const file = fc.array(line, { maxLength: 400 }).map((pieces) => pieces.join(''));
  const property = fc.property(file, fc.boolean(), (text, rejoinAfterLeave) => {
    expect(replaySnapshot(text, { rejoinAfterLeave }).warnings.length).toBeLessThanOrEqual(100);
  });
  fc.assert(property);
  expect(replaySnapshot('odd\n'.repeat(5_000), { rejoinAfterLeave: false }).warnings).toHaveLength(100);
});

test('a line reaches the file within half a second, without another one to push it', () => {
  const disk = new Disk();
  const writer = disk.open();
  writer.take(event('member-join', { members: [memberOf('a', 1)] }));
  disk.memberTime = 5;
  disk.runForMs(500);
  expect(disk.text).toBe('alive: a 10.0.0.1:1\nclock: 4\n');
  writer.stop();
  expect(disk.timers.armedCount).toBe(0);
});

describe('after a leave', () => {
  function leave(rejoinAfterLeave: boolean): { disk: Disk; writer: SnapshotWriter } {
    const disk = new Disk('alive: a 10.0.0.1:1\nclock: 7\nevent-clock: 8\n');
    disk.memberTime = 8;
    const writer = disk.open({ rejoinAfterLeave });
    writer.leave();
    return { disk, writer };
  }

  test('the file is on the disk at once, and members and events are written no more', () => {
    const { disk, writer } = leave(false);
    expect(disk.text).toMatch(/\nleave\n$/);
    expect(disk.syncCount).toBe(1);
    writer.take(event('member-join', { members: [memberOf('b', 2)] }));
    writer.take(event('user', { ltime: 9, payload: nothing }));
    disk.runForMs(1_000);
    expect(disk.text).toMatch(/\nleave\n$/);
    expect(stateIn(disk.text)).toEqual({ aliveNodes: new Map(), clock: 0, eventClock: 0, queryClock: 0 });
  });

  test.each([false, true])('a node that starts again is remembered as it is, rejoin: %s', (rejoinAfterLeave) => {
    const { disk, writer } = leave(rejoinAfterLeave);
    writer.stop();
    disk.membersHere = [memberOf('a', 1), memberOf('b', 2), { name: 'y' } as SerfMember];
    writer.start();
    const aliveNodes = new Map([
      ['a', '10.0.0.1:1'],
      ['b', '10.0.0.1:2'],
    ]);
    expect(stateIn(disk.text, false)).toEqual({ aliveNodes, clock: 7, eventClock: 8, queryClock: 0 });
  });

  test.each([false, true])('a node that starts again writes everything anew, rejoin: %s', (rejoinAfterLeave) => {
    const { disk, writer } = leave(rejoinAfterLeave);
    writer.stop();
    writer.start();
    writer.take(event('member-join', { members: [memberOf('b', 2)] }));
    writer.take(event('user', { ltime: 8, payload: nothing }));
    writer.stop();
    expect(stateIn(disk.text, rejoinAfterLeave)).toEqual(writer.state);
    expect(writer.state.eventClock).toBe(8);
    expect([...writer.state.aliveNodes.keys()]).toEqual(rejoinAfterLeave ? ['a', 'b'] : ['b']);
  });
});

test('a file that long names make larger than the limit is not written anew at every line', () => {
  const disk = new Disk();
  let replaceCount = 0;
  const writer = disk.open({ minCompactBytes: 1 });
  const long = (index: number): SerfMember => memberOf('n'.repeat(400) + index, 1);
  for (let index = 0; index < 300; index += 1) {
    const before = disk.text;
    writer.take(event('member-join', { members: [long(index)] }));
    if (disk.text !== before) replaceCount += 1;
  }
  expect(replaceCount).toBeLessThan(20);
  writer.stop();
  expect(stateIn(disk.text).aliveNodes.size).toBe(300);
});

test('a name with a line end stays one line, and who cannot be contacted is not written', () => {
  const disk = new Disk();
  const writer = disk.open();
  writer.take(event('member-join', { members: [memberOf('x\nleave', 1), { name: 'y' }] }));
  writer.stop();
  expect(disk.text).toBe('alive: x\ufffdleave 10.0.0.1:1\n');
});
