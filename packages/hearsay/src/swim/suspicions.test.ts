import { expect, test } from 'vitest';
import { passUntil } from '../../../../test/support/pass-time.ts';
import { SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { swimPresets } from './config.ts';
import { MemberList } from './member-list.ts';
import { Member } from './member.ts';
import { ReceiveGaps } from './receive-gaps.ts';
import { Suspicions } from './suspicions.ts';

/** Of one suspect in a cluster of ten: its shortest time is 4 s, its longest 24 s. */
class Fixture {
  readonly suspect: Member = new Member('suspect');
  readonly log: string[] = [];
  readonly #clock: StepClock = new StepClock();
  readonly #timers: TimerQueue = new TimerQueue();
  readonly #suspicions: Suspicions;

  constructor({ mayMissDenials = false } = {}) {
    const rng = new SeededRng(1);
    const members = new MemberList('self', rng);
    for (const name of ['self', ...Array.from({ length: 8 }, (_, i) => `n${i}`)]) members.add(new Member(name));
    members.add(this.suspect);
    const clock = this.#clock;
    const env = { clock, timers: this.#timers, rng, aead: undefined, fillRandom: () => undefined, trace: undefined };
    const gaps = new ReceiveGaps(false, clock, members, 1_000);
    this.#suspicions = new Suspicions(swimPresets.lan, members, gaps, env, {
      lastCallMs: 2_000,
      mayMissDenials: () => mayMissDenials,
      onLastCall: ({ name }) => this.log.push(`${clock.nowMs} call ${name}`),
      onExpired: ({ name }) => this.log.push(`${clock.nowMs} expired ${name}`),
    });
  }

  accuse(from: string): this {
    if (this.suspect.suspicion === undefined) this.#suspicions.start(this.suspect, from);
    else this.#suspicions.confirm(this.suspect, from);
    return this;
  }

  runTo(atMs: number): readonly string[] {
    passUntil(this.#clock, this.#timers, atMs);
    return this.log;
  }
}

test('a suspect is called before the verdict by who accused it, however many confirm', () => {
  expect(new Fixture().accuse('self').runTo(30_000)).toEqual(['22000 call suspect', '24000 expired suspect']);
  const confirmed = new Fixture().accuse('n1').accuse('self').accuse('n2');
  expect(confirmed.runTo(30_000)).toEqual(['2000 call suspect', '4000 expired suspect']);
});

test('who only heard of an accusation calls the suspect unless as many have confirmed it as it asks for', () => {
  expect(new Fixture().accuse('n1').runTo(30_000)).toEqual(['22000 call suspect', '24000 expired suspect']);
  const [call, expired, ...rest] = new Fixture().accuse('n1').accuse('n2').runTo(30_000);
  expect([call, expired, rest]).toEqual([
    expect.stringMatching(/call suspect$/),
    expect.stringMatching(/expired suspect$/),
    [],
  ]);
  expect(new Fixture().accuse('n1').accuse('n2').accuse('n3').runTo(30_000)).toEqual(['4000 expired suspect']);
});

test('who may have missed the denial calls the suspect, however many have confirmed', () => {
  const confirmed = new Fixture({ mayMissDenials: true }).accuse('n1').accuse('n2').accuse('n3');
  expect(confirmed.runTo(30_000)).toEqual(['2000 call suspect', '4000 expired suspect']);
});
