import { expect, test } from 'vitest';
import { Member } from '../swim/index.ts';
import { SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { encodeInquiry } from './codec.ts';
import { Inquiries, inquiryLimits, inquiryTopics } from './index.ts';

const noBytes = new Uint8Array(0);
const { why } = inquiryTopics;

interface Sent {
  readonly to: string;
  readonly channel: 'packet' | 'stream';
  readonly message: Uint8Array;
}

/** Members `n0`, `n1`… whose messages arrive at once unless `loses` says no. */
class World {
  readonly clock = new StepClock();
  readonly timers = new TimerQueue();
  readonly nodes = new Map<string, Inquiries>();
  readonly sent: Sent[] = [];
  loses: (sent: Sent) => boolean = () => false;
  incapable = new Set<string>();

  constructor(count: number) {
    const names = Array.from({ length: count }, (_, index) => `n${index}`);
    const members = new Map(names.map((name) => [name, newMember(name)]));
    for (const [index, name] of names.entries()) {
      const inquiries = new Inquiries(
        {
          name,
          packetMaxBytes: 1_300,
          liveMembers: () => [...members.values()],
          member: (other) => members.get(other),
          isCapable: (member) => !this.incapable.has(member.name),
          send: (to, message, channel) => {
            const sent = { to: to.name, channel, message };
            this.sent.push(sent);
            if (!this.loses(sent)) queueMicrotask(() => this.nodes.get(to.name)!.onUserMessage(message));
          },
        },
        { clock: this.clock, timers: this.timers, rng: new SeededRng(7, index) },
      );
      inquiries.handle(why, (payload) => Uint8Array.of(...payload, index));
      this.nodes.set(name, inquiries);
    }
  }

  async run(untilMs: number): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      if (this.timers.nextDeadlineMs > untilMs) return;
      this.clock.advanceTo(Math.max(this.clock.nowMs, this.timers.nextDeadlineMs));
      this.timers.fireDue(this.clock.nowMs);
    }
  }
}

function newMember(name: string): Member {
  const member = new Member(name);
  member.address = { host: '10.0.0.1', port: 1 };
  return member;
}

function ask(world: World, options: { to?: string[]; timeoutMs?: number; payload?: Uint8Array } = {}) {
  const { timeoutMs = 4_000, payload = Uint8Array.of(9), to } = options;
  const answers = new Map<string, Uint8Array>();
  const result = { answers, missing: undefined as string[] | undefined, atMs: Infinity };
  const onDone = (missing: string[]): void => {
    result.missing = missing;
    result.atMs = world.clock.nowMs;
  };
  const onAnswer = (name: string, answer: Uint8Array): void => void answers.set(name, answer);
  world.nodes.get('n0')!.ask(why, payload, { timeoutMs, ...(to && { to }) }, onAnswer, onDone);
  return result;
}

test('all capable members answer, and the inquiry is over when the last one has', async () => {
  const world = new World(5);
  world.incapable.add('n4');
  const result = ask(world);
  expect(result.answers.size).toBe(0);
  await world.run(10_000);
  expect([...result.answers]).toEqual([1, 2, 3].map((index) => [`n${index}`, Uint8Array.of(9, index)]));
  expect(result).toMatchObject({ missing: [], atMs: 0 });
  expect(world.sent.some(({ to }) => to === 'n4')).toBe(false);
});

test('who does not answer is asked twice more, the last time over a stream, and then named', async () => {
  const world = new World(3);
  world.loses = ({ to }) => to === 'n2';
  const result = ask(world);
  await world.run(10_000);
  expect(result).toMatchObject({ missing: ['n2'], atMs: 4_000 });
  expect(world.sent.filter(({ to }) => to === 'n2').map(({ channel }) => channel)).toEqual([
    'packet',
    'packet',
    'stream',
  ]);
});

test('an unknown member and one that does not understand are missing at once', async () => {
  const world = new World(3);
  world.incapable.add('n2');
  const result = ask(world, { to: ['n2', 'nobody', 'n0'] });
  expect(result.missing).toBeUndefined();
  await world.run(10_000);
  expect(result).toMatchObject({ missing: ['n2', 'nobody'], atMs: 0 });
  expect(world.sent).toEqual([]);
});

test('many are asked in batches, and their answers come spread over time', async () => {
  const world = new World(200);
  const result = ask(world);
  expect(world.sent).toHaveLength(inquiryLimits.batchMax);
  await world.run(10_000);
  expect(result.answers.size).toBe(199);
  expect(result.atMs).toBeGreaterThan(60);
  expect(result.atMs).toBeLessThan(400);
});

test('who answers learns how long the answer was held back, and who asked when each was asked', async () => {
  const world = new World(200);
  const held: number[] = [];
  world.nodes.get('n199')!.handle(why, (_question, _from, heldMs) => {
    held.push(heldMs);
    return noBytes;
  });
  const instants = new Map<string, readonly number[]>();
  const onAnswer = (name: string, _answer: Uint8Array, askedAtMs: readonly number[]): void =>
    void instants.set(name, askedAtMs);
  let isFirst = true;
  world.loses = ({ to }) => to === 'n1' && isFirst && !(isFirst = false);
  world.nodes.get('n0')!.ask(why, noBytes, { timeoutMs: 4_000 }, onAnswer, () => undefined);
  await world.run(10_000);
  expect(instants.get('n1')).toEqual([0, 1_000]);
  expect(instants.get('n199')).toEqual([60]);
  expect(held[0]).toBeGreaterThan(0);
  expect(held[0]).toBeLessThanOrEqual(199);
});

test('a long answer comes in pieces over streams and is put together', async () => {
  const world = new World(2);
  const long = Uint8Array.from({ length: 200_000 }, (_, index) => index);
  world.nodes.get('n1')!.handle(why, () => long);
  const result = ask(world);
  await world.run(10_000);
  expect(result.answers.get('n1')).toEqual(long);
  expect(world.sent.filter(({ to, channel }) => to === 'n0' && channel === 'stream')).toHaveLength(4);
});

test('answers that nobody asked for, and pieces beyond the memory for them, are dropped and counted', async () => {
  const world = new World(2);
  const asker = world.nodes.get('n0')!;
  world.loses = () => true;
  for (let index = 0; index < inquiryLimits.openMax; index += 1) ask(world);
  const payload = new Uint8Array(inquiryLimits.pieceMaxBytes);
  const answer = { type: 'answer', from: 'n1', payload, pieceCount: 16 } as const;
  asker.onUserMessage(encodeInquiry({ ...answer, id: 999, piece: 0 }));
  expect(asker.stats.answersDropped).toBe(1);
  for (let id = 1; id <= inquiryLimits.openMax; id += 1) {
    for (let piece = 0; piece < 15; piece += 1) asker.onUserMessage(encodeInquiry({ ...answer, id, piece }));
  }
  const takenMax = inquiryLimits.heldMaxBytes / inquiryLimits.pieceMaxBytes;
  expect(asker.stats.answersDropped).toBe(1 + inquiryLimits.openMax * 15 - takenMax);
});

test('a flood of questions gets so many answers a second and no more, and one that is too long is not taken', async () => {
  const world = new World(2);
  world.loses = () => true;
  const node = world.nodes.get('n0')!;
  const flood = (firstId: number): void => {
    for (let id = firstId; id < firstId + 2_000; id += 1) {
      node.onUserMessage(encodeInquiry({ type: 'ask', id, from: 'n1', topic: why, askedCount: 1, payload: noBytes }));
    }
  };
  flood(1);
  expect(node.stats).toMatchObject({ answersGiven: inquiryLimits.answersAtOnce, questionsDropped: 1_488 });
  world.clock.advanceTo(1_000);
  flood(3_000);
  expect(node.stats.answersGiven).toBe(inquiryLimits.answersAtOnce + inquiryLimits.answersPerSecond);
  const result = ask(world);
  const answer = { type: 'answer', id: 1, from: 'n1', piece: 0, pieceCount: 1 } as const;
  node.onUserMessage(encodeInquiry({ ...answer, payload: new Uint8Array(inquiryLimits.answerMaxBytes + 1) }));
  expect(node.stats.answersDropped).toBe(1);
  node.onUserMessage(encodeInquiry({ ...answer, payload: noBytes }));
  expect(result.answers.size).toBe(1);
});

test('no more than 64 inquiries are open, and a wrong time or a long question is refused', () => {
  const world = new World(2);
  expect(() => ask(world, { timeoutMs: 60_001 })).toThrow(/60001.*60000/);
  expect(() => ask(world, { payload: new Uint8Array(16_385) })).toThrow(/16385.*16384/);
  for (let index = 0; index < inquiryLimits.openMax; index += 1) ask(world);
  expect(() => ask(world)).toThrow(/64 inquiries/);
});

test('whatever bytes come behind the mark, nothing throws, and only inquiries are taken', () => {
  const world = new World(2);
  const node = world.nodes.get('n0')!;
  const whole = encodeInquiry({ type: 'ask', id: 1, from: 'n1', topic: why, askedCount: 1, payload: Uint8Array.of(1) });
  for (let length = 0; length < whole.length; length += 1) {
    expect(node.onUserMessage(whole.subarray(0, length))).toBe(length > 4);
  }
  expect(node.onUserMessage(Uint8Array.of(0xe7, 0x47, 0x53, 0x01, 0x3f, 1, 2))).toBe(false);
  expect(node.onUserMessage(Uint8Array.of(0xe7, 0x47, 0x53, 0x01, 0xff, ...noBytes))).toBe(true);
  expect(node.stats.malformed).toBeGreaterThan(5);
});

test('a stopped node answers nobody, and its own inquiries end without a word', async () => {
  const world = new World(100);
  const result = ask(world);
  for (const node of world.nodes.values()) node.stop();
  await world.run(10_000);
  expect(result.missing).toBeUndefined();
  expect(world.timers.armedCount).toBe(0);
});
