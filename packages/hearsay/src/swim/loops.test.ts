import { expect, test } from 'vitest';
import { SeededRng, StepClock, TimerQueue, type Address } from '../util/index.ts';
import { PacketCodec } from '../wire/index.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { swimPresets } from './config.ts';
import { silentDelegate } from './delegate.ts';
import type { SwimEnv } from './effects.ts';
import { Gossiper } from './gossiper.ts';
import { MemberList } from './member-list.ts';
import { Member, type MemberState } from './member.ts';
import { Outbox } from './outbox.ts';
import { PeriodicTimer } from './periodic-timer.ts';
import { checkSwimRules, type RuleSetName, type SwimRules } from './rules.ts';
import { SwimStats } from './stats.ts';
import { passUntil } from '../../../../test/support/pass-time.ts';

interface Bench {
  readonly env: SwimEnv;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  runTo(atMs: number): void;
}

function newBench(seed: number = 1): Bench {
  const clock = new StepClock();
  const timers = new TimerQueue();
  const env = {
    clock,
    timers,
    rng: new SeededRng(seed),
    aead: undefined,
    fillRandom: () => undefined,
    trace: undefined,
  };
  return {
    env,
    clock,
    timers,
    runTo: (atMs) => passUntil(clock, timers, atMs),
  };
}

test('a periodic timer begins at a random phase and keeps it', () => {
  const phases = Array.from({ length: 200 }, (_, seed) => {
    const bench = newBench(seed);
    const firedAtMs: number[] = [];
    const timer = new PeriodicTimer('test', 1_000, bench.env, () => firedAtMs.push(bench.clock.nowMs));
    timer.start();
    bench.runTo(10_000);
    expect(firedAtMs.length).toBe(10);
    expect(firedAtMs[9]! - firedAtMs[0]!).toBeCloseTo(9_000);
    timer.stop();
    bench.runTo(20_000);
    expect(firedAtMs.length).toBe(10);
    return firedAtMs[0]!;
  });
  // A quarter of the phases in each quarter of the interval: 50 of 200, standard deviation 6.
  for (const quarter of [0, 1, 2, 3]) {
    const count = phases.filter((phase) => Math.floor(phase / 250) === quarter).length;
    expect(Math.abs(count - 50)).toBeLessThan(31);
  }
});

test('after a pause a periodic timer fires once, not once for every tick it missed', () => {
  const bench = newBench();
  let firedCount = 0;
  const timer = new PeriodicTimer('test', 1_000, bench.env, () => (firedCount += 1));
  timer.start();
  bench.clock.advanceTo(60_000);
  bench.timers.fireDue(60_000);
  expect(firedCount).toBe(1);
  expect(bench.timers.nextDeadlineMs).toBe(61_000);
});

class GossipBench {
  readonly bench: Bench = newBench();
  readonly queue: BroadcastQueue = new BroadcastQueue(() => this.transmitLimit);
  readonly sentTo: { readonly host: string; readonly atMs: number; readonly bytes: string }[] = [];
  readonly gossiper: Gossiper;
  readonly members: MemberList;
  transmitLimit: number = 1_000;

  constructor(rules: RuleSetName | Partial<SwimRules> = 'memberlist') {
    const { env, clock } = this.bench;
    this.members = new MemberList('self', env.rng);
    const config = { label: '', compression: false, encryptionVersion: 1, verifyIncoming: true } as const;
    const codec = new PacketCodec(
      { ...config, verifyOutgoing: true, skipInboundLabelCheck: false },
      undefined,
      undefined,
      env.fillRandom,
    );
    const outbox = new Outbox({
      codec,
      queue: this.queue,
      delegate: silentDelegate,
      effects: {
        sendPacket: (to: Address, packet: Uint8Array) =>
          this.sentTo.push({ host: to.host, atMs: clock.nowMs, bytes: packet.toString() }),
        openStream: () => undefined,
        writeStream: () => undefined,
        closeStream: () => undefined,
      },
      stats: new SwimStats(),
      packetMaxBytes: 1_400,
      membershipShare: 0.75,
    });
    const { members } = this;
    this.gossiper = new Gossiper({
      config: swimPresets.lan,
      rules: checkSwimRules(rules),
      members,
      outbox,
      env,
      stats: new SwimStats(),
    });
  }

  add(name: string, state: MemberState, sinceMs: number = 0): void {
    const member = new Member(name);
    member.address = { host: name, port: 1 };
    this.members.add(member);
    this.members.setState(member, state, sinceMs);
  }

  say(isUrgent: boolean = false): void {
    this.queue.queueUnique(new Uint8Array(10));
    this.gossiper.push(isUrgent);
  }
}

test('gossip goes to the alive, the suspect and the recently dead, never to the left and never to self', () => {
  const gossip = new GossipBench();
  gossip.bench.clock.advanceTo(100_000);
  for (const state of ['alive', 'suspect', 'dead', 'left'] as const) gossip.add(state, state, 90_000);
  gossip.add('long-dead', 'dead', 60_000);
  gossip.add('self', 'alive');
  gossip.gossiper.start();
  gossip.say();
  gossip.bench.runTo(105_000);
  expect(new Set(gossip.sentTo.map(({ host }) => host))).toEqual(new Set(['alive', 'suspect', 'dead']));
  // 30 s after its death it gets nothing any more.
  gossip.bench.runTo(120_300);
  gossip.sentTo.length = 0;
  gossip.bench.runTo(125_000);
  expect(new Set(gossip.sentTo.map(({ host }) => host))).toEqual(new Set(['alive', 'suspect']));
});

test('a round sends to three members, each interval, until the news was sent often enough', () => {
  const gossip = new GossipBench();
  gossip.transmitLimit = 8;
  for (let i = 0; i < 10; i++) gossip.add(`n${i}`, 'alive');
  gossip.gossiper.start();
  gossip.say();
  gossip.bench.runTo(10_000);
  const atMs = gossip.sentTo.map((packet) => packet.atMs);
  expect(atMs.length).toBe(8);
  expect(atMs.filter((at) => at === atMs[0]).length).toBe(3);
  expect(atMs[3]! - atMs[0]!).toBeCloseTo(200);
  expect(new Set(gossip.sentTo.slice(0, 3).map(({ host }) => host)).size).toBe(3);
});

test('with no news no timer runs, and news wait for the next round of the same phase', () => {
  const gossip = new GossipBench();
  gossip.transmitLimit = 1;
  gossip.add('a', 'alive');
  gossip.gossiper.start();
  expect(gossip.bench.timers.nextDeadlineMs).toBe(Infinity);
  for (const atMs of [1_000, 3_333, 7_777]) {
    gossip.bench.runTo(atMs);
    gossip.say();
    expect(gossip.bench.timers.nextDeadlineMs - atMs).toBeLessThanOrEqual(200);
    gossip.bench.runTo(atMs + 200);
    expect(gossip.bench.timers.nextDeadlineMs).toBe(Infinity);
  }
  const phases = gossip.sentTo.map(({ atMs }) => Math.round(atMs % 200));
  expect(new Set(phases).size).toBe(1);
  gossip.gossiper.stop();
  gossip.say();
  expect(gossip.bench.timers.nextDeadlineMs).toBe(Infinity);
});

const eager = { eagerPush: true, ringGossip: false, adaptiveGossip: false };

test('with eager pushes news go out at once, and then at the ticks, as often in all as without', () => {
  const gossip = new GossipBench(eager);
  gossip.transmitLimit = 8;
  for (let i = 0; i < 10; i++) gossip.add(`n${i}`, 'alive');
  gossip.gossiper.start();
  gossip.bench.runTo(1_010);
  gossip.say();
  gossip.bench.runTo(10_000);
  const atMs = gossip.sentTo.map((packet) => packet.atMs);
  expect(atMs.length).toBe(8);
  expect(atMs.filter((at) => at === 1_010).length).toBe(3);
  expect(atMs.filter((at) => at > 1_010 && at <= 1_210).length).toBe(3);
});

test('news in a flood wait for the ticks: at most five early rounds at once and half as many as ticks in the long run', () => {
  const gossip = new GossipBench(eager);
  gossip.transmitLimit = 1_000_000;
  for (let i = 0; i < 10; i++) gossip.add(`n${i}`, 'alive');
  gossip.gossiper.start();
  for (let atMs = 1_000; atMs < 11_000; atMs += 10) {
    gossip.bench.runTo(atMs);
    gossip.say();
  }
  const packetsIn = (fromMs: number, toMs: number): number =>
    gossip.sentTo.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
  // Five ticks and at most seven early rounds of three packets each.
  expect(packetsIn(1_000, 2_000)).toBeLessThanOrEqual(3 * (5 + 7.5));
  for (let second = 2; second < 11; second++) {
    expect(packetsIn(second * 1_000, (second + 1) * 1_000)).toBeLessThanOrEqual(3 * (5 + 3));
  }
  expect(packetsIn(1_000, 11_000)).toBeGreaterThan(3 * 50);
});

test('what is urgent goes at once although other news waits, and that goes with it; sixteen times and then once a second', () => {
  const gossip = new GossipBench(eager);
  gossip.transmitLimit = 1_000_000;
  for (let i = 0; i < 10; i++) gossip.add(`n${i}`, 'alive');
  gossip.gossiper.start();
  gossip.bench.runTo(1_010);
  gossip.say();
  gossip.bench.runTo(1_011);
  gossip.sentTo.length = 0;
  gossip.say();
  gossip.bench.runTo(1_012);
  expect(gossip.sentTo).toEqual([]);
  gossip.say(true);
  gossip.bench.runTo(1_013);
  expect(gossip.sentTo.length).toBe(3);
  for (let atMs = 1_020; atMs < 6_020; atMs += 10) {
    gossip.bench.runTo(atMs);
    gossip.say(true);
  }
  // Ticks and early rounds, of three packets each.
  expect(gossip.sentTo.length).toBeLessThanOrEqual(3 * (25 + 16 + 5));
  expect(gossip.sentTo.length).toBeGreaterThan(3 * (25 + 16));
});

test('with a ring one packet of each round goes to one of the next members, the others to any', () => {
  const gossip = new GossipBench({ ringGossip: true, eagerPush: false, adaptiveGossip: false });
  gossip.add('self', 'alive');
  for (let i = 0; i < 40; i++) gossip.add(`n${i}`, 'alive');
  gossip.gossiper.start();
  gossip.say();
  gossip.bench.runTo(20_000);
  const rounds = Array.from({ length: 100 }, (_, round) => gossip.sentTo.slice(3 * round, 3 * round + 3));
  // Eight copies to 41 members: two rounds, and so the next two in turn.
  expect(new Set(rounds.map((round) => round[0]!.host)).size).toBe(2);
  expect(new Set(rounds.flatMap((round) => [round[1]!.host, round[2]!.host])).size).toBe(40);
  for (const round of rounds) expect(new Set(round.map(({ host }) => host)).size).toBe(3);
});

test('what is not new waits for the tick', () => {
  const gossip = new GossipBench(eager);
  gossip.add('a', 'alive');
  gossip.gossiper.start();
  gossip.queue.queueUnique(new Uint8Array(10));
  gossip.gossiper.wake();
  gossip.bench.runTo(0);
  expect(gossip.sentTo).toEqual([]);
  gossip.bench.runTo(200);
  expect(gossip.sentTo.length).toBe(1);
});

test.each([
  [true, 1],
  [false, 3],
])('where not all news fits into a round, with adaptiveCopies %s its three packets are %i', (adaptiveCopies, kinds) => {
  const gossip = new GossipBench({ adaptiveCopies, eagerPush: false, adaptiveGossip: false });
  gossip.transmitLimit = 3;
  gossip.add('self', 'alive');
  for (let i = 0; i < 40; i++) gossip.add(`n${i}`, 'alive');
  for (let i = 0; i < 50; i++) gossip.queue.queueUnique(new Uint8Array(100).fill(i));
  gossip.gossiper.start();
  gossip.bench.runTo(10_000);
  const rounds = Array.from({ length: 3 }, (_, round) => gossip.sentTo.slice(3 * round, 3 * round + 3));
  for (const round of rounds) expect(new Set(round.map(({ bytes }) => bytes)).size).toBe(kinds);
  // In either case each goes out three times.
  expect(gossip.queue.count).toBe(0);
  expect(gossip.sentTo.length).toBeLessThanOrEqual(15);
});
