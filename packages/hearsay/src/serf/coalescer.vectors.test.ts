import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { StepClock, TimerQueue } from '../util/index.ts';
import { MemberCoalescer, UserCoalescer } from './coalescer.ts';
import type { MemberEventType, MemberStatus, SerfEvent, SerfMember } from './events.ts';

// The coalescers of the real library, fed and flushed by hand.

interface EventVector {
  readonly type: string;
  readonly members?: readonly string[];
  readonly name?: string;
  readonly payload?: string;
  readonly ltime?: number;
  readonly coalesce?: boolean;
}

interface Step {
  readonly op: 'ingest' | 'flush';
  readonly event?: EventVector;
  readonly handled?: boolean;
  readonly out?: readonly EventVector[];
}

interface Scenario {
  readonly kind: 'member' | 'user';
  readonly name: string;
  readonly steps: readonly Step[];
}

const path = new URL('../../../../test/vectors/serf/coalesce.json', import.meta.url);
const { scenarios } = JSON.parse(readFileSync(path, 'utf8')) as { readonly scenarios: readonly Scenario[] };

/** In the reference a collection outlives its flush, so the last update of a member is told at every later one. */
const notCopied: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'members of an earlier flush are reconsidered at every flush': [
    ['member-update a=alive'],
    ['member-join b=alive'],
    [],
  ],
};

test('the file holds what it is said to hold', () => {
  expect(scenarios.filter(({ kind }) => kind === 'member')).toHaveLength(5);
  expect(scenarios.filter(({ kind }) => kind === 'user')).toHaveLength(3);
  for (const name of Object.keys(notCopied)) expect(scenarios.map((scenario) => scenario.name)).toContain(name);
});

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (name, { kind, steps }) => {
  const emitted: SerfEvent[] = [];
  const env = { clock: new StepClock(), timers: new TimerQueue() };
  const times = { periodMs: 3_000, quiescentMs: 1_000 };
  const Coalescer = kind === 'member' ? MemberCoalescer : UserCoalescer;
  const coalescer = new Coalescer(times, env, (event) => void emitted.push(event));
  const flushes: (readonly string[])[] = [];
  for (const { op, event, handled } of steps) {
    if (op === 'ingest') {
      expect(coalescer.take(eventOf(event!))).toBe(handled);
      expect(emitted).toEqual([]);
    } else {
      coalescer.flush();
      flushes.push(kind === 'member' ? emitted.map(textOf).toSorted() : emitted.map(textOf));
      emitted.length = 0;
    }
  }
  const flushSteps = steps.filter(({ op }) => op === 'flush');
  const expected = flushSteps.map(({ out = [] }) =>
    kind === 'member' ? out.map(textOfVector).toSorted() : out.map(textOfVector),
  );
  expect(flushes).toEqual(notCopied[name] ?? expected);
});

function eventOf({ type, members, name, payload, ltime, coalesce }: EventVector): SerfEvent {
  if (members !== undefined) return { type: type as MemberEventType, members: members.map(memberOf) };
  const bytes = new Uint8Array(Buffer.from(payload!));
  if (type === 'user') return { type, name: name!, payload: bytes, ltime: ltime!, coalesce: coalesce! };
  return {
    type: 'query',
    id: 1,
    name: name!,
    payload: bytes,
    hasPayload: false,
    ltime: ltime!,
    from: 'far',
    timeoutMs: 1_000,
  };
}

function memberOf(text: string): SerfMember {
  const [name, status] = text.split('=') as [string, MemberStatus];
  return { name, status } as SerfMember;
}

function textOf(event: SerfEvent): string {
  if ('members' in event) {
    return `${event.type} ${event.members
      .map(({ name, status }) => `${name}=${status}`)
      .toSorted()
      .join()}`;
  }
  if (event.type !== 'user') return event.type;
  return `user ${event.name} ${event.ltime} ${event.coalesce} ${Buffer.from(event.payload).toString()}`;
}

function textOfVector({ type, members, name, ltime, coalesce, payload }: EventVector): string {
  return members ? `${type} ${members.toSorted().join()}` : `${type} ${name} ${ltime} ${coalesce} ${payload}`;
}
