import { expect, test } from 'vitest';
import { SeededRng, StepClock } from '../util/index.ts';
import { DirectPaths } from './direct-paths.ts';
import { MemberList } from './member-list.ts';
import { Member, type MemberState } from './member.ts';

class Fixture {
  readonly clock: StepClock = new StepClock();
  readonly members: MemberList = new MemberList('self', new SeededRng(1));
  readonly paths: DirectPaths = new DirectPaths(this.clock, this.members);

  constructor() {
    this.members.add(new Member('b'));
    this.becomes('alive');
  }

  becomes(state: MemberState): void {
    this.members.setState(this.members.get('b')!, state, this.clock.nowMs);
  }

  miss(count: number, name: string = 'b'): void {
    for (let index = 0; index < count; index += 1) this.paths.onMissed(name);
  }

  ping(): void {
    this.clock.advanceTo(this.clock.nowMs + 1_000);
    this.paths.onPing(this.members.get('b')!);
  }
}

test('a member that is dead or suspect and silent is no broken path: it may just be down', () => {
  const fixture = new Fixture();
  fixture.miss(5);
  for (const state of ['suspect', 'dead'] as const) {
    fixture.becomes(state);
    expect(fixture.paths.count()).toEqual({ out: 0, in: 0 });
  }
});

test('a member that pings on although it was declared dead does not hear us', () => {
  const fixture = new Fixture();
  fixture.miss(1);
  fixture.ping();
  fixture.becomes('dead');
  expect(fixture.paths.count()).toEqual({ out: 0, in: 0 });
  fixture.ping();
  expect(fixture.paths.count()).toEqual({ out: 1, in: 0 });
  fixture.clock.advanceTo(fixture.clock.nowMs + 60_000);
  expect(fixture.paths.count()).toEqual({ out: 0, in: 0 });
  fixture.ping();
  fixture.becomes('left');
  expect(fixture.paths.count()).toEqual({ out: 0, in: 0 });
});

test('pings from before the first missed probe say nothing', () => {
  const fixture = new Fixture();
  fixture.ping();
  fixture.miss(3);
  expect(fixture.paths.count()).toEqual({ out: 0, in: 1 });
});

test('of members that come and go, no more than 1,024 are followed', () => {
  const fixture = new Fixture();
  fixture.miss(3);
  for (let index = 0; index < 1_024; index += 1) fixture.miss(3, `gone${index}`);
  expect(fixture.paths.count()).toEqual({ out: 0, in: 0 });
});
