import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../../test/golden/vectors.ts';
import { SerfNode, type MemberFacts } from '../../../../test/support/serf-node.ts';
import { formatAddr } from '../wire/index.ts';
import type { SerfEvent } from './events.ts';
import { replaySnapshot, type ReplayedSnapshot } from './snapshot.ts';

// The real library, step by step: what comes in, what it tells its user, and the whole of its state after that.

interface Int {
  readonly $int: string;
}

interface State {
  readonly clock: number;
  readonly eventClock: number;
  readonly queryClock: number;
  readonly eventMinTime: number;
  readonly queryMinTime: number;
  readonly members: Readonly<Record<string, MemberFacts & { readonly status: string; readonly statusLTime: number }>>;
  readonly intents: Readonly<Record<string, { readonly type: string; readonly ltime: number }>>;
  readonly failed: readonly string[];
  readonly left: readonly string[];
  readonly eventsDelivered: readonly object[];
  readonly queued: { readonly event: number; readonly intent: number; readonly query: number };
}

interface LocalState {
  readonly EventLTime: number;
  readonly LTime: number;
  readonly QueryLTime: number;
  readonly LeftMembers: readonly string[];
  readonly StatusLTimes: Readonly<Record<string, Int>>;
  readonly usedSlots:
    | readonly {
        readonly value: {
          readonly LTime: Int;
          readonly Events: readonly { readonly Name: string; readonly Payload: { readonly $hex: string } | null }[];
        };
      }[]
    | null;
}

interface Args extends MemberFacts {
  readonly name: string;
  readonly hex: string;
  readonly isJoin?: boolean;
  readonly ignoreOldSet?: boolean;
  readonly node: string;
  readonly prune?: boolean;
  readonly payload?: string;
  readonly coalesce?: boolean;
  readonly timeoutMs?: number;
}

interface Step {
  readonly op: string;
  readonly args?: Args;
  readonly returns?: LocalState | { readonly rebroadcast: boolean } | string;
  readonly after: State;
}

interface Scenario {
  readonly name: string;
  readonly note?: string;
  readonly config: { readonly eventBuffer: number; readonly queryBuffer: number; readonly protocolVersion: number };
  readonly steps: readonly Step[];
}

const path = new URL('../../../../test/vectors/serf/state.json', import.meta.url);
const { scenarios } = JSON.parse(readFileSync(path, 'utf8')) as { readonly scenarios: readonly Scenario[] };

test('the file holds what it is said to hold', () => expect(scenarios).toHaveLength(17));

describe.each(scenarios.map((scenario) => [`${scenario.name} (${scenario.note ?? 'no note'})`, scenario] as const))(
  '%s',
  (_name, scenario) => {
    test('the same state after every step', () => {
      const node = create(scenario);
      for (const step of scenario.steps) {
        perform(node, step);
        // Waits of the reference are over when it returns.
        node.runMs(200);
        expect({ op: step.op, args: step.args, ...stateOf(node) }).toEqual({
          op: step.op,
          args: step.args,
          ...expectedState(step.after),
        });
      }
    });

    test('the same intents are remembered after every step', () => {
      for (let stepCount = 1; stepCount <= scenario.steps.length; stepCount += 1) {
        const node = create(scenario);
        for (const step of scenario.steps.slice(0, stepCount)) {
          perform(node, step);
          node.runMs(200);
        }
        // What is remembered shows when the member comes.
        const { intents } = scenario.steps[stepCount - 1]!.after;
        expect(node.serf.stats.recentIntents).toBe(Object.keys(intents).length);
        for (const [name, { type, ltime }] of Object.entries(intents)) {
          if (node.serf.member(name) !== undefined) continue;
          node.joined(name);
          expect([node.statusOf(name), node.state().statusLtimes.get(name)]).toEqual([
            type === 'leave' ? 'leaving' : 'alive',
            ltime,
          ]);
        }
      }
    });
  },
);

function create({ config, note = '' }: Scenario): SerfNode {
  const snapshot = snapshotOf(note);
  return new SerfNode({
    tags: { role: 'web' },
    config: {
      protocolVersion: config.protocolVersion,
      eventBufferSize: config.eventBuffer,
      queryBufferSize: config.queryBuffer,
      broadcastTimeoutMs: 100,
      leavePropagateDelayMs: 50,
    },
    ...(snapshot && { snapshot }),
  });
}

/** Of the scenarios that start with a file, which stands in their note. */
function snapshotOf(note: string): ReplayedSnapshot | undefined {
  const match = /^fileBefore: (".*"), rejoinAfterLeave: (true|false)$/.exec(note);
  if (match === null) return undefined;
  const text = JSON.parse(match[1]!) as string;
  return replaySnapshot(text, { rejoinAfterLeave: match[2] === 'true' });
}

function perform(node: SerfNode, step: Step): void {
  const { op } = step;
  const args = step.args as Args;
  switch (op) {
    case 'create':
      return void node.start();
    case 'notifyJoin':
      return node.joined(args.name, args);
    case 'notifyLeave':
      return node.gone(args.name);
    case 'notifyUpdate':
      return node.updated(args.name, args);
    case 'notifyMsg':
      return node.receive(fromHex(args.hex));
    case 'mergeRemoteState':
      node.serf.beginJoin(args.ignoreOldSet!);
      node.serf.onRemoteState(fromHex(args.hex), args.isJoin!);
      return node.serf.endJoin(0);
    case 'localState':
      return expectLocalState(node, step.returns as LocalState);
    case 'userEvent':
      return void node.serf.fireEvent(args.name, new Uint8Array(Buffer.from(args.payload!)), args.coalesce!);
    case 'query':
      return node.serf.query(1, args.name, null, { timeoutMs: args.timeoutMs! });
    case 'forceLeave':
      return node.serf.forceLeave(1, args.node, args.prune!, 100);
    case 'leave':
      return node.serf.leave(100, () => undefined);
    default:
      throw new Error(`there is no step ${op}`);
  }
}

/** Slots are compared by what they hold: the reference sends its empty ones as well. */
function expectLocalState(node: SerfNode, expected: LocalState): void {
  const state = node.state();
  expect({
    ltime: state.ltime,
    eventLtime: state.eventLtime,
    queryLtime: state.queryLtime,
    left: state.leftMembers,
    status: Object.fromEntries(state.statusLtimes),
    slots: state.events.toSorted((a, b) => a.ltime - b.ltime),
  }).toEqual({
    ltime: expected.LTime,
    eventLtime: expected.EventLTime,
    queryLtime: expected.QueryLTime,
    left: expected.LeftMembers,
    status: Object.fromEntries(Object.entries(expected.StatusLTimes).map(([name, { $int }]) => [name, Number($int)])),
    slots: (expected.usedSlots ?? []).map(({ value }) => ({
      ltime: Number(value.LTime.$int),
      events: value.Events.map(({ Name, Payload }) => ({ name: Name, payload: Payload && fromHex(Payload.$hex) })),
    })),
  });
}

function stateOf(node: SerfNode): object {
  const { stats, members } = node.serf;
  const { statusLtimes } = node.state();
  const named = (status: string): string[] =>
    members.filter((member) => member.status === status).map(({ name }) => name);
  return {
    clock: stats.memberTime,
    eventClock: stats.eventTime,
    queryClock: stats.queryTime,
    eventMinTime: stats.eventMinTime,
    queryMinTime: stats.queryMinTime,
    members: Object.fromEntries(
      members.map(({ name, status, addr, port, tags }) => [
        name,
        {
          status,
          statusLTime: statusLtimes.get(name),
          ...(name !== 'self' && { addr: formatAddr(addr), port, tags: { ...tags } }),
        },
      ]),
    ),
    failed: named('failed').toSorted(),
    left: named('left').toSorted(),
    counts: [stats.failed, stats.left],
    eventsDelivered: node
      .takeEvents()
      .map(describeEvent)
      .filter((event) => event !== undefined),
    queued: { event: stats.eventQueue, intent: stats.intentQueue, query: stats.queryQueue },
  };
}

function expectedState({ intents: _intents, ...after }: State): object {
  return {
    ...after,
    failed: after.failed.toSorted(),
    left: after.left.toSorted(),
    counts: [after.failed.length, after.left.length],
  };
}

/** As the vectors write it; undefined for what is no event there. */
function describeEvent(event: SerfEvent): object | undefined {
  switch (event.type) {
    case 'user': {
      const { type, name, ltime, coalesce } = event;
      return { type, name, ltime, coalesce, payload: Buffer.from(event.payload).toString() };
    }
    case 'query':
      return { type: 'query', name: event.name, ltime: event.ltime, payload: Buffer.from(event.payload).toString() };
    case 'member-join':
    case 'member-leave':
    case 'member-failed':
    case 'member-update':
    case 'member-reap':
      return { type: event.type, members: event.members.map(({ name, status }) => `${name}=${status}`) };
    default:
      return undefined;
  }
}
