import { expect, test } from 'vitest';
import { Inquiries, inquiryLimits, inquiryTopics } from '../inquiry/index.ts';
import { Member, swimPresets, type Swim } from '../swim/index.ts';
import { SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { TraceDesk } from './desk.ts';
import type { TraceReport } from './report.ts';
import { writeKey } from './rumor-key.ts';
import { RumorLog } from './rumor-log.ts';

test('a trace waits when as many inquiries are open as may be, and ends in time', () => {
  const clock = new StepClock();
  const timers = new TimerQueue();
  const [self, other] = ['n0', 'n1'].map((name) => Object.assign(new Member(name), { state: 'alive' as const }));
  other!.address = { host: '10.0.0.1', port: 1 };
  const all = [self!, other!];
  const host = {
    name: 'n0',
    packetMaxBytes: 1_300,
    liveMembers: () => all,
    member: (name: string) => all.find((member) => member.name === name),
    isCapable: () => true,
    send: () => undefined,
  };
  const inquiries = new Inquiries(host, { clock, timers, rng: new SeededRng(1) });
  const members = { members: all, isSelf: (member: Member) => member === self, get: host.member };
  const swim = { members, self, evidence: { own: () => [], startedAtMs: 0 } } as unknown as Swim;
  const log = new RumorLog(clock, () => 0);
  const desk = new TraceDesk({ swim, config: swimPresets.lan, clock, timers, inquiries, isCapable: () => true, log });
  const reports: TraceReport[] = [];
  const send = () => {
    const key = writeKey({ stream: 's', version: 1 });
    log.passing(key);
    return { kind: 'kv', name: 'k', key, sendLimit: 4, holdMs: 0, isEager: false, canHave: () => true } as const;
  };
  desk.trace(send, { timeoutMs: 5_000 }, (report) => reports.push(report));
  const nothing = new Uint8Array(0);
  const done = { count: 0 };
  for (let index = 0; index < inquiryLimits.openMax; index += 1) {
    inquiries.ask(
      inquiryTopics.why,
      nothing,
      { timeoutMs: 60_000 },
      () => undefined,
      () => (done.count += 1),
    );
  }
  while (reports.length === 0 && timers.nextDeadlineMs < 10_000) {
    clock.advanceTo(Math.max(clock.nowMs, timers.nextDeadlineMs));
    timers.fireDue(clock.nowMs);
  }
  expect(done.count).toBe(0);
  expect(reports[0]?.missing).toEqual([{ name: 'n1', reason: 'no answer' }]);
});
