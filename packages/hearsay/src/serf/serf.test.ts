import { describe, expect, test } from 'vitest';
import { SerfNode } from '../../../../test/support/serf-node.ts';
import type { Member } from '../swim/index.ts';
import { distanceNs } from './coordinate/vivaldi.ts';
import { encodeJoinIntent, encodeLeaveIntent, encodeUserEvent } from './message-codec.ts';
import { replaySnapshot } from './snapshot.ts';

/** Carries all gossip between the nodes until there is none. */
function gossip(...nodes: readonly SerfNode[]): void {
  for (let isQuiet = false; !isQuiet;) {
    isQuiet = true;
    for (const from of nodes) {
      for (const message of from.takeGossip()) {
        isQuiet = false;
        for (const to of nodes) if (to !== from) to.receive(message);
      }
    }
  }
}

/** Both sides of a push/pull between two nodes. */
function exchange(a: SerfNode, b: SerfNode, isJoin: boolean): void {
  const stateOfA = a.serf.localState(isJoin);
  a.serf.onRemoteState(b.serf.localState(isJoin), isJoin);
  b.serf.onRemoteState(stateOfA, isJoin);
}

/** Started nodes that know each other as members. */
function pool(...names: readonly string[]): SerfNode[] {
  const nodes = names.map((name) => new SerfNode({ name }).start());
  for (const node of nodes) for (const name of names) if (name !== node.name) node.joined(name);
  for (const node of nodes) node.takeEvents();
  return nodes;
}

test('a member that exchanges state while its leave intent is on its way has left, and has not failed', () => {
  const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
  a.serf.leave(5_000, () => {});
  expect(a.statusOf('a')).toBe('leaving');
  exchange(a, b, false);
  gossip(a, b);
  expect(b.statusOf('a')).toBe('leaving');
  b.gone('a', 'left');
  expect(b.statusOf('a')).toBe('left');
});

test('a member whose goodbye overtakes its leave intent has left at once, and the intent is only passed on', () => {
  const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
  a.serf.leave(5_000, () => undefined);
  b.gone('a', 'left');
  expect(b.statusOf('a')).toBe('left');
  expect(b.serf.stats.intentQueue).toBe(0);
  for (const message of a.takeGossip()) b.receive(message);
  expect(b.serf.stats.intentQueue).toBe(1);
  expect(b.takeEventTexts()).toEqual(['member-leave a=left']);
});

describe('a member that restarts under its name', () => {
  test('denies the leave of its former life, and is alive to all', () => {
    const b = pool('b', 'a')[0]!;
    b.hear(encodeJoinIntent, { ltime: 20, node: 'a' });
    b.hear(encodeLeaveIntent, { ltime: 30, node: 'a', prune: false });
    b.gone('a', 'left');
    expect(b.statusOf('a')).toBe('left');
    // A new life knows nothing: its clock stands at one.
    const reborn = new SerfNode({ name: 'a' }).start();
    reborn.serf.beginJoin(true);
    b.joined('a');
    reborn.joined('b');
    exchange(reborn, b, true);
    reborn.serf.endJoin(1);
    gossip(reborn, b);
    expect(reborn.statusOf('a')).toBe('alive');
    expect(b.statusOf('a')).toBe('alive');
    expect(b.state().statusLtimes.get('a')).toBeGreaterThan(30);
  });

  test('denies it too when it learns of it in the first exchange', () => {
    const node = new SerfNode({ name: 'a' }).start();
    const other = new SerfNode({ name: 'b' }).start();
    other.joined('a');
    other.hear(encodeLeaveIntent, { ltime: 30, node: 'a', prune: false });
    other.gone('a', 'left');
    node.serf.onRemoteState(other.serf.localState(true), true);
    expect(node.serf.stats.counters['refutations']).toBe(1);
    other.joined('a');
    gossip(node, other);
    expect(other.statusOf('a')).toBe('alive');
  });
});

test('a leave intent that is overtaken by its own time is denied by whom it is about', () => {
  const [a, b, c] = pool('a', 'b', 'c') as [SerfNode, SerfNode, SerfNode];
  a.hear(encodeLeaveIntent, { ltime: 30, node: 'c', prune: false });
  expect(a.statusOf('c')).toBe('leaving');
  // An exchange tells the time alone, and what b knows of it makes the intent an old one.
  exchange(a, b, true);
  for (const message of a.takeGossip()) b.receive(message);
  expect(b.takeGossip()).toEqual([]);
  // In whatever exchange c hears of it.
  exchange(b, c, true);
  expect(c.serf.stats.counters['refutations']).toBe(1);
  gossip(a, b, c);
  expect([a.statusOf('c'), b.statusOf('c'), c.statusOf('c')]).toEqual(['alive', 'alive', 'alive']);
});

describe('a leave intent that comes before its member', () => {
  test('makes the member a leaving one, and its end a leave', () => {
    const node = new SerfNode().start();
    node.takeEvents();
    node.hear(encodeLeaveIntent, { ltime: 9, node: 'b', prune: false });
    node.joined('b');
    node.gone('b');
    expect(node.takeEventTexts()).toEqual(['member-join b=leaving', 'member-leave b=left']);
  });

  test('is outdone by a later join intent, in either order', () => {
    for (const isJoinFirst of [true, false]) {
      const node = new SerfNode().start();
      const join = (): void => node.hear(encodeJoinIntent, { ltime: 9, node: 'b' });
      if (isJoinFirst) join();
      node.hear(encodeLeaveIntent, { ltime: 8, node: 'b', prune: false });
      if (!isJoinFirst) join();
      node.joined('b');
      expect(node.statusOf('b')).toBe('alive');
    }
  });
});

describe('a leave', () => {
  test('tells the pool first, leaves membership then, and stays for a moment', () => {
    const node = pool('self', 'b')[0]!;
    const results: boolean[] = [];
    node.serf.leave(5_000, (spread) => void results.push(spread));
    expect(node.statusOf('self')).toBe('leaving');
    expect(node.serf.stats.intentQueue).toBe(1);
    // Sent as often as the size of the pool says.
    while (node.takeGossip().length > 0);
    // Not at its heels: the intent is to be there before the goodbye itself.
    node.runMs(199);
    expect(node.statusOf('self')).toBe('leaving');
    node.runMs(1);
    expect(node.statusOf('self')).toBe('left');
    node.runMs(999);
    expect(results).toEqual([]);
    node.runMs(1);
    expect(results).toEqual([true]);
    expect(node.takeEventTexts()).toEqual(['member-leave self=left']);
  });

  test('goes on when nobody takes the intent, and says so', () => {
    const node = pool('self', 'b')[0]!;
    const results: boolean[] = [];
    node.serf.leave(5_000, (spread) => void results.push(spread));
    node.runMs(4_999);
    expect(node.statusOf('self')).toBe('leaving');
    node.runMs(1_001);
    expect(node.statusOf('self')).toBe('left');
    expect(results).toEqual([false]);
  });

  test('takes no time when nobody else is there', () => {
    const node = new SerfNode().start();
    const results: boolean[] = [];
    node.serf.leave(5_000, (spread) => void results.push(spread));
    expect(results).toEqual([true]);
    node.serf.leave(5_000, (spread) => void results.push(spread));
    expect(results).toEqual([true, true]);
  });

  test('is refused while one is under way, and after a stop', () => {
    const node = pool('self', 'b')[0]!;
    node.serf.leave(5_000, () => undefined);
    expect(() => node.serf.leave(5_000, () => undefined)).toThrow('Leave already in progress');
    node.serf.stop();
    expect(() => node.serf.leave(5_000, () => undefined)).toThrow('Leave called after Shutdown');
  });

  test('is not denied by the node itself, and forgotten when it starts and joins again', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    a.serf.leave(5_000, () => undefined);
    gossip(a, b);
    a.runMs(2_000);
    b.gone('a', 'left');
    expect([a.statusOf('a'), b.statusOf('a')]).toEqual(['left', 'left']);
    a.start();
    a.serf.beginJoin(true);
    b.joined('a');
    exchange(a, b, true);
    a.serf.endJoin(1);
    gossip(a, b);
    expect([a.statusOf('a'), b.statusOf('a')]).toEqual(['alive', 'alive']);
  });
});

test('a node that stopped starts again with all it can do', () => {
  const node = new SerfNode({ keepsSnapshot: true, snapshot: replaySnapshot('', { rejoinAfterLeave: false }) }).start();
  node.serf.query(1, 'before', null);
  node.serf.stop();
  node.takeEvents();
  expect(node.timers.armedCount).toBe(0);
  node.start();
  node.serf.fireEvent('deploy', new Uint8Array(), false);
  node.serf.query(2, 'load', null);
  const asked = node.events.find((event) => event.type === 'query');
  node.serf.respond(asked!.id, Uint8Array.of(7));
  node.runMs(10_000);
  expect(node.takeEventTexts()).toEqual([
    'member-join self=alive',
    'user deploy',
    'query load',
    'query-response',
    'query-done',
  ]);
});

describe('a forced leave', () => {
  test('of a live member is denied by it, and it is alive again everywhere', () => {
    const [a, b, c] = pool('a', 'b', 'c') as [SerfNode, SerfNode, SerfNode];
    a.serf.forceLeave(7, 'b', false, 5_000);
    expect(a.statusOf('b')).toBe('leaving');
    gossip(a, b, c);
    expect([a.statusOf('b'), b.statusOf('b'), c.statusOf('b')]).toEqual(['alive', 'alive', 'alive']);
    a.runMs(0);
    expect(a.takeEvents()).toEqual([{ type: 'force-leave-done', request: 7, spread: true }]);
  });

  test('of the only other member comes to it too, and is denied', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    a.serf.forceLeave(7, 'b', false, 5_000);
    gossip(a, b);
    expect([a.statusOf('b'), b.statusOf('b')]).toEqual(['alive', 'alive']);
  });

  test('of a failed member makes it one that left, everywhere', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    for (const node of [a, b]) {
      node.joined('x');
      node.gone('x');
      node.takeEvents();
    }
    a.serf.forceLeave(7, 'x', false, 5_000);
    gossip(a, b);
    expect([a.statusOf('x'), b.statusOf('x')]).toEqual(['left', 'left']);
    expect(b.takeEventTexts()).toEqual(['member-leave x=left']);
  });

  test('with prune forgets it', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    for (const node of [a, b]) {
      node.joined('x');
      node.gone('x');
      node.takeEvents();
    }
    a.serf.forceLeave(7, 'x', true, 5_000);
    gossip(a, b);
    expect([a.statusOf('x'), b.statusOf('x')]).toEqual([undefined, undefined]);
    expect(b.takeEventTexts()).toEqual(['member-leave x=left', 'member-reap x=left']);
    expect(b.serf.stats.left).toBe(0);
  });

  test('that nobody takes says so in the end', () => {
    const node = pool('self', 'b')[0]!;
    node.serf.forceLeave(7, 'nobody', false, 5_000);
    node.runMs(5_000);
    expect(node.takeEvents()).toEqual([{ type: 'force-leave-done', request: 7, spread: false }]);
  });

  test('has no result when nobody waits for it any more', () => {
    const node = pool('self', 'b')[0]!;
    node.serf.forceLeave(7, 'nobody', false, 5_000);
    node.serf.abandon(7);
    node.runMs(10_000);
    expect(node.takeEvents()).toEqual([]);
  });
});

describe('a prune of a member that is still reachable', () => {
  const waitMs = 6_000;

  test('waits, and everything else goes on meanwhile', () => {
    const node = pool('self', 'b')[0]!;
    node.hear(encodeLeaveIntent, { ltime: 5, node: 'b', prune: true });
    expect(node.statusOf('b')).toBe('leaving');
    node.joined('c');
    node.hear(encodeUserEvent, { ltime: 1, name: 'deploy', payload: null, coalesce: false });
    node.runMs(waitMs - 1);
    node.gone('b', 'left');
    expect(node.takeEventTexts()).toEqual(['member-join c=alive', 'user deploy', 'member-leave b=left']);
    node.runMs(1);
    expect(node.takeEventTexts()).toEqual(['member-reap b=left']);
    expect(node.statusOf('b')).toBeUndefined();
  });

  test('is called off when the member denies that it leaves', () => {
    const node = pool('self', 'b')[0]!;
    node.hear(encodeLeaveIntent, { ltime: 5, node: 'b', prune: true });
    node.hear(encodeJoinIntent, { ltime: 6, node: 'b' });
    // It leaves later, and nobody wants it forgotten then.
    node.hear(encodeLeaveIntent, { ltime: 7, node: 'b', prune: false });
    node.runMs(2 * waitMs);
    expect(node.statusOf('b')).toBe('leaving');
  });

  test('is called off when the member goes and comes back', () => {
    const node = pool('self', 'b')[0]!;
    node.hear(encodeLeaveIntent, { ltime: 5, node: 'b', prune: true });
    node.gone('b', 'left');
    node.joined('b');
    node.runMs(2 * waitMs);
    expect(node.statusOf('b')).toBe('alive');
  });

  test('never makes a node forget itself', () => {
    const node = pool('self', 'b')[0]!;
    node.serf.leave(5_000, () => undefined);
    node.hear(encodeLeaveIntent, { ltime: 50, node: 'self', prune: true });
    node.runMs(2 * waitMs);
    expect(node.statusOf('self')).toBe('left');
  });
});

describe('a join', () => {
  test('that reached somebody is announced with a time later than all that was heard', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    b.hear(encodeJoinIntent, { ltime: 70, node: 'far' });
    a.serf.beginJoin(true);
    exchange(a, b, true);
    a.serf.endJoin(1);
    gossip(a, b);
    expect(b.state().statusLtimes.get('a')).toBe(71);
  });

  test('that reached nobody is not announced', () => {
    const node = new SerfNode().start();
    node.serf.beginJoin(true);
    node.serf.endJoin(0);
    expect(node.serf.stats.intentQueue).toBe(0);
  });

  test('keeps old events out when it is asked to, and replays them otherwise', () => {
    for (const ignoresOldEvents of [true, false]) {
      const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
      b.serf.fireEvent('deploy', new Uint8Array(), false);
      a.serf.beginJoin(ignoresOldEvents);
      exchange(a, b, true);
      a.serf.endJoin(1);
      expect(a.takeEventTexts()).toEqual(ignoresOldEvents ? [] : ['user deploy']);
      // What is sent from now on is no old event.
      b.serf.fireEvent('later', new Uint8Array(), false);
      gossip(a, b);
      expect(a.takeEventTexts()).toContain('user later');
    }
  });
});

describe('a snapshot', () => {
  const textOf = (node: SerfNode): string =>
    node.persisted.reduce((text, record) => {
      if (record.kind === 'sync') return text;
      return record.kind === 'replace' ? record.text : text + record.text;
    }, '');

  function newKeeper(text: string = ''): SerfNode {
    const snapshot = replaySnapshot(text, { rejoinAfterLeave: false });
    return new SerfNode({ name: 'a', keepsSnapshot: true, snapshot }).start();
  }

  test('has who is alive and how far the clocks are, whatever is coalesced or kept inside', () => {
    const node = newKeeper();
    node.joined('b', { addr: '127.0.0.1', port: 7_602 });
    node.joined('c', { addr: '127.0.0.1', port: 7_603 });
    node.gone('c');
    node.serf.fireEvent('deploy', new Uint8Array(), false);
    node.serf.query(1, 'load', null);
    node.hear(encodeJoinIntent, { ltime: 30, node: 'b' });
    node.runMs(500);
    expect(textOf(node)).toBe(
      [
        'alive: a 127.0.0.9:7000',
        'alive: b 127.0.0.1:7602',
        'alive: c 127.0.0.1:7603',
        'not-alive: c',
        'event-clock: 1',
        'query-clock: 1',
        'clock: 30',
        '',
      ].join('\n'),
    );
  });

  test('says that the node left before anybody else hears of it', () => {
    const node = newKeeper();
    node.joined('b');
    node.serf.leave(5_000, () => undefined);
    expect(textOf(node)).toMatch(/leave\n$/);
    expect(node.persisted.at(-1)).toEqual({ kind: 'sync' });
    expect(node.takeGossip()).not.toEqual([]);
    node.runMs(10_000);
    node.serf.stop();
    const replayed = replaySnapshot(textOf(node), { rejoinAfterLeave: false });
    expect([replayed.aliveNodes.size, replayed.clock]).toEqual([0, 1]);
    expect(node.timers.armedCount).toBe(0);
  });

  test('knows after a leave and a new start who never went', () => {
    const node = newKeeper();
    for (const name of ['b', 'c', 'd']) node.joined(name, { addr: '127.0.0.1', port: 7_602 });
    node.hear(encodeUserEvent, { ltime: 40, name: 'deploy', payload: null, coalesce: false });
    node.serf.leave(5_000, () => undefined);
    node.hear(encodeLeaveIntent, { ltime: 20, node: 'c', prune: false });
    node.gone('d');
    node.serf.stop();
    node.start();
    node.runMs(500);
    const { aliveNodes, eventClock } = replaySnapshot(textOf(node), { rejoinAfterLeave: false });
    expect([[...aliveNodes.keys()].sort(), eventClock]).toEqual([['a', 'b', 'c'], 40]);
  });

  test('lets a node that crashed go on where it was', () => {
    const former = newKeeper();
    former.joined('b', { addr: '127.0.0.1', port: 7_602 });
    former.hear(encodeUserEvent, { ltime: 40, name: 'deploy', payload: null, coalesce: false });
    former.runMs(500);
    const node = newKeeper(textOf(former));
    node.takeEvents();
    node.runMs(0);
    expect(node.joins.map(({ to }) => to)).toEqual(['127.0.0.1:7602']);
    // What the former life has heard is not told again.
    node.hear(encodeUserEvent, { ltime: 40, name: 'deploy', payload: null, coalesce: false });
    node.hear(encodeUserEvent, { ltime: 41, name: 'next', payload: null, coalesce: false });
    expect(node.takeEventTexts()).toEqual(['user next']);
  });

  test('of clocks that no cluster gets to makes the node neither deaf nor mute', () => {
    for (const time of [2 ** 52, Number.MAX_SAFE_INTEGER]) {
      const [node, other] = Array.from({ length: 2 }, () =>
        newKeeper(`clock: ${time}\nevent-clock: ${time}\nquery-clock: ${time}\n`),
      ) as [SerfNode, SerfNode];
      node.joined('b');
      node.takeEvents();
      node.serf.fireEvent('deploy', new Uint8Array(), false);
      node.serf.query(1, 'load', null);
      node.serf.forceLeave(2, 'b', false, 1_000);
      expect(node.takeEventTexts()).toEqual(['user deploy', 'query load']);
      expect(node.statusOf('b')).toBe('leaving');
      // Nor mute to others that are as far.
      other.joined('b');
      other.takeEvents();
      for (const message of node.takeGossip()) other.receive(message);
      expect(other.takeEventTexts().toSorted()).toEqual(['query load', 'user deploy']);
      expect(other.statusOf('b')).toBe('leaving');
    }
  });
});

describe('coordinates', () => {
  const ping = (from: SerfNode, to: SerfNode, rttMs: number): void =>
    from.serf.onPingComplete({ name: to.name } as Member, rttMs, to.serf.ackPayload());

  test('of two nodes come to say how long a round trip between them takes', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    for (let count = 0; count < 200; count += 1) {
      ping(a, b, 20);
      ping(b, a, 20);
    }
    const distanceMs = distanceNs(a.serf.coordinate()!, a.serf.coordinate('b')!) / 1e6;
    expect(distanceMs).toBeGreaterThan(18);
    expect(distanceMs).toBeLessThan(22);
    expect(a.serf.coordinate('a')).toEqual(a.serf.coordinate());
    expect(a.serf.coordinate('nobody')).toBeUndefined();
  });

  test('of members that are forgotten are forgotten', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    ping(a, b, 20);
    a.gone('b');
    expect(a.serf.coordinate('b')).toBeDefined();
    a.hear(encodeLeaveIntent, { ltime: 9, node: 'b', prune: true });
    expect(a.serf.coordinate('b')).toBeUndefined();
  });

  test('that are wrong are counted, and move nothing', () => {
    const [a, b] = pool('a', 'b') as [SerfNode, SerfNode];
    const before = a.serf.coordinate();
    const payload = b.serf.ackPayload().slice();
    payload[0] = 2;
    for (const wrong of [payload, Uint8Array.of(1), Uint8Array.of(1, 0x80)]) {
      a.serf.onPingComplete({ name: 'b' } as Member, 20, wrong);
    }
    ping(a, b, 10_001);
    expect(a.serf.coordinate()).toEqual(before);
    expect(a.serf.stats.counters['coordinatesRefused']).toBe(4);
    // An ack without a payload comes from a member that has them off.
    a.serf.onPingComplete({ name: 'b' } as Member, 20, new Uint8Array());
    expect(a.serf.stats.counters['coordinatesRefused']).toBe(4);
  });

  test('can be off', () => {
    const node = new SerfNode({ config: { coordinates: false } }).start();
    expect(node.serf.ackPayload()).toEqual(new Uint8Array());
    expect([node.serf.coordinate(), node.serf.stats.coordinateResets]).toEqual([undefined, undefined]);
  });
});

describe('tags', () => {
  test('are announced, and a change is told', () => {
    const node = new SerfNode({ tags: { role: 'web' } }).start();
    node.takeEvents();
    const results: boolean[] = [];
    node.serf.setTags({ role: 'db', __proto__x: '1' }, 5_000, (spread) => void results.push(spread));
    expect({ ...node.serf.tags }).toEqual({ role: 'db', __proto__x: '1' });
    expect({ ...node.serf.member('self')!.tags }).toEqual({ role: 'db', __proto__x: '1' });
    expect(node.takeEventTexts()).toEqual(['member-update self=alive']);
    expect(results).toEqual([true]);
  });

  test('that do not fit are refused, and the former ones stay', () => {
    const node = new SerfNode({ tags: { role: 'web' } }).start();
    expect(() => node.serf.setTags({ big: 'x'.repeat(512) }, 5_000, () => undefined)).toThrow(
      'Encoded length of tags exceeds limit of 512 bytes',
    );
    expect({ ...node.serf.tags }).toEqual({ role: 'web' });
  });
});

test('what the user gave, and what the user got, may be changed afterwards without effect', () => {
  const node = new SerfNode().start();
  // A Buffer, whose slices share its memory.
  const payload = Buffer.from([1, 2, 3]);
  node.serf.fireEvent('deploy', payload, false);
  payload.fill(0);
  const event = node.takeEvents().find(({ type }) => type === 'user') as { readonly payload: Uint8Array };
  expect(event.payload).toEqual(Uint8Array.of(1, 2, 3));
  event.payload.fill(0);
  expect(node.state().events[0]!.events[0]!.payload).toEqual(Uint8Array.of(1, 2, 3));
});

test('what membership gives is not needed after the call', () => {
  const node = new SerfNode().start();
  const sender = new SerfNode({ name: 'b' }).start();
  sender.serf.fireEvent('deploy', Uint8Array.of(1, 2, 3), false);
  const [message] = sender.takeGossip();
  const buffer = message!.slice();
  node.receive(buffer);
  buffer.fill(0);
  expect(node.takeEvents().at(-1)).toMatchObject({ type: 'user', name: 'deploy', payload: Uint8Array.of(1, 2, 3) });
  expect(node.takeGossip()).toEqual([message]);
});
