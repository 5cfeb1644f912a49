import { BoundedQueues } from './bounded-queues.ts';
import { BoundedTraffic } from './bounded-traffic.ts';
import type { CheckerFactory } from './checker.ts';
import { Convergence } from './convergence.ts';
import { GracefulLeave } from './graceful-leave.ts';
import { IncarnationNeverBack } from './incarnation-never-back.ts';
import { IncarnationOwner } from './incarnation-owner.ts';
import { MemberEvents, plainSteps } from './member-events.ts';
import { NoFalseDeath } from './no-false-death.ts';
import { NoLateAccusation } from './no-late-accusation.ts';
import { NoResurrection } from './no-resurrection.ts';
import { OneOwner } from './one-owner.ts';
import { PacketSize } from './packet-size.ts';
import { ReapTime } from './reap-time.ts';
import { SerfConvergence } from './serf-convergence.ts';
import { serfSteps } from './serf-member-events.ts';
import { SecondHandDeath } from './second-hand-death.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import { SuspicionTime } from './suspicion-time.ts';
import { UserEventsOnce } from './user-events-once.ts';

/** Of membership, in every kind of pool. */
const swimCheckers: readonly CheckerFactory[] = [
  (context) => new NoFalseDeath(context),
  (context) => new Convergence(context),
  (context) => new OneOwner(context),
  (context) => new IncarnationNeverBack(context),
  (context) => new IncarnationOwner(context),
  () => new NoLateAccusation(),
  (context) => new SuspicionTime(context),
  (context) => new GracefulLeave(context),
  (context) => new PacketSize(context),
  (context) => new BoundedQueues(context),
  (context) => new BoundedTraffic(context),
];

/** Of what is on the wire; they read no encrypted packets. */
const packetCheckers: readonly CheckerFactory[] = [() => new SecondHandDeath(), () => new SequenceNumbers()];

/** Of plain pools. */
const plainCheckers: readonly CheckerFactory[] = [
  (context) => new NoResurrection(context),
  (context) => new ReapTime(context),
  (context) => new MemberEvents(context, 'member-events', plainSteps),
];

/** Of Serf pools, which tell of members in their own way and remember them for longer. */
const serfCheckers: readonly CheckerFactory[] = [
  (context) => new SerfConvergence(context),
  (context) => new MemberEvents(context, 'serf-member-events', serfSteps),
  () => new UserEventsOnce(),
];

/** Every invariant of plain pools, for runs of small clusters: what they cost grows with the square of the members. */
export const allCheckers: readonly CheckerFactory[] = [...swimCheckers, ...packetCheckers, ...plainCheckers];

/** Every invariant that can be checked in a pool of that kind. */
export function checkersFor(pool: { readonly isSerf: boolean; readonly isEncrypted: boolean }): CheckerFactory[] {
  return [
    ...swimCheckers,
    ...(pool.isEncrypted ? [] : packetCheckers),
    ...(pool.isSerf ? serfCheckers : plainCheckers),
  ];
}
