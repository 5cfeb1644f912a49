import { describe, expect, test } from 'vitest';
import type { MemberEventType, SerfMember } from '../../packages/hearsay/src/serf/events.ts';
import type { SnapshotRecord } from '../../packages/hearsay/src/serf/host.ts';
import { replaySnapshot } from '../../packages/hearsay/src/serf/snapshot.ts';
import { SnapshotWriter } from '../../packages/hearsay/src/serf/snapshot-writer.ts';
import { StepClock, TimerQueue } from '../../packages/hearsay/src/util/index.ts';
import { loadSerfVectors } from './serf-vectors.ts';

interface ReplayVector {
  readonly name: string;
  readonly file: string;
  readonly rejoinAfterLeave: boolean;
  readonly aliveNodes: Readonly<Record<string, string>>;
  readonly clock: number;
  readonly eventClock: number;
  readonly queryClock: number;
  readonly log: readonly string[];
}

interface NamedAddress {
  readonly name: string;
  readonly addr: string;
  readonly port: number;
}

type Input =
  | 'leave'
  | 'wait 700 ms'
  | { readonly clockNow: number }
  | { readonly memberEvent: MemberEventType; readonly members: readonly NamedAddress[] }
  | { readonly userEventLTime: number }
  | { readonly queryLTime: number };

interface WriteVector {
  readonly name: string;
  readonly minCompactSize: number;
  readonly rejoinAfterLeave: boolean;
  readonly fileBefore: string;
  readonly input: readonly Input[];
  readonly fileAfter: string;
  readonly aliveNodesInMemory: Readonly<Record<string, string>>;
}

const { replay, write } = loadSerfVectors<{
  readonly replay: readonly ReplayVector[];
  readonly write: readonly WriteVector[];
}>('snapshot');

test('there are 24 files to replay and 5 to write', () => {
  expect([replay.length, write.length]).toEqual([24, 5]);
});

describe('a snapshot is read as Serf reads it', () => {
  test.each(replay)('$name, rejoin after leave: $rejoinAfterLeave', (vector) => {
    const replayed = replaySnapshot(vector.file, vector);
    expect(Object.fromEntries(replayed.aliveNodes)).toEqual(vector.aliveNodes);
    expect([replayed.clock, replayed.eventClock]).toEqual([vector.clock, vector.eventClock]);
    expect(replayed.ignoredLeave).toBe(vector.log.some((line) => line.includes('Ignoring previous leave')));
    const warnings = vector.log.filter((line) => line.startsWith('[WARN]')).map(kindOf);
    if (vector.queryClock > Number.MAX_SAFE_INTEGER) {
      // Serf would go on with a clock of 2^64 - 1, which the next step sets to 0.
      expect(replayed.queryClock).toBe(0);
      expect(replayed.warnings.map(kindOf).toSorted()).toEqual(
        [...warnings, 'Failed to convert query clock time'].toSorted(),
      );
    } else {
      expect(replayed.queryClock).toBe(vector.queryClock);
      expect(replayed.warnings.map(kindOf)).toEqual(warnings);
    }
  });

  /** What stands before the colon is Serf's; after it we quote the line. */
  function kindOf(warning: string): string {
    return warning.replace('[WARN] serf: ', '').split(':')[0]!;
  }
});

describe('a snapshot is written as Serf writes it', () => {
  test.each(write)('$name', (vector) => {
    const disk = { text: vector.fileBefore };
    const clock = new StepClock();
    const timers = new TimerQueue();
    let memberTime = 1;
    const writer = new SnapshotWriter({
      replayed: replaySnapshot(disk.text, vector),
      rejoinAfterLeave: vector.rejoinAfterLeave,
      minCompactBytes: vector.minCompactSize,
      persist: (record) => applyRecord(disk, record),
      clock,
      timers,
      memberTime: () => memberTime,
      membersHere: () => [],
    });
    writer.start();
    for (const input of vector.input) {
      if (input === 'leave') writer.leave();
      else if (input === 'wait 700 ms') runUntil(700);
      else if ('clockNow' in input) memberTime = input.clockNow;
      else if ('memberEvent' in input) {
        writer.take({ type: input.memberEvent, members: input.members.map(toMember) });
      } else if ('userEventLTime' in input) writer.take(userEvent(input.userEventLTime));
      else writer.take(query(input.queryLTime));
    }
    writer.stop();
    expect(disk.text).toBe(vector.fileAfter);
    expect(Object.fromEntries(writer.state.aliveNodes)).toEqual(vector.aliveNodesInMemory);

    function runUntil(nowMs: number): void {
      while (timers.nextDeadlineMs <= nowMs) {
        clock.advanceTo(timers.nextDeadlineMs);
        timers.fireDue(clock.nowMs);
      }
    }
  });
});

function applyRecord(disk: { text: string }, record: SnapshotRecord): void {
  if (record.kind === 'append') disk.text += record.text;
  else if (record.kind === 'replace') disk.text = record.text;
}

const nothing = new Uint8Array(0);

function userEvent(ltime: number): Parameters<SnapshotWriter['take']>[0] {
  return { type: 'user', name: 'deploy', payload: nothing, ltime, coalesce: false };
}

function query(ltime: number): Parameters<SnapshotWriter['take']>[0] {
  return { type: 'query', id: 1, name: 'load', payload: nothing, hasPayload: false, ltime, from: 'a', timeoutMs: 1 };
}

function toMember({ name, addr, port }: NamedAddress): SerfMember {
  return {
    name,
    address: { host: addr, port },
    addr: Uint8Array.of(127, 0, 0, 1),
    port,
    meta: nothing,
    state: 'alive',
    incarnation: 1,
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
      delegateMin: 2,
      delegateMax: 5,
      delegateCurrent: 5,
    },
    tags: {},
    status: 'alive',
  };
}
