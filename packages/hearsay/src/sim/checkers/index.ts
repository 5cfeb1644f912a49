import { BoundedQueues } from './bounded-queues.ts';
import { BoundedTraffic } from './bounded-traffic.ts';
import type { CheckerFactory } from './checker.ts';
import { Convergence } from './convergence.ts';
import { GracefulLeave } from './graceful-leave.ts';
import { IncarnationNeverBack } from './incarnation-never-back.ts';
import { IncarnationOwner } from './incarnation-owner.ts';
import { MemberEvents } from './member-events.ts';
import { NoFalseDeath } from './no-false-death.ts';
import { NoLateAccusation } from './no-late-accusation.ts';
import { NoResurrection } from './no-resurrection.ts';
import { OneOwner } from './one-owner.ts';
import { PacketSize } from './packet-size.ts';
import { ReapTime } from './reap-time.ts';
import { SecondHandDeath } from './second-hand-death.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import { SuspicionTime } from './suspicion-time.ts';

/** Every invariant, for runs of small clusters: what they cost grows with the square of the members. */
export const allCheckers: readonly CheckerFactory[] = [
  (context) => new NoFalseDeath(context),
  (context) => new Convergence(context),
  (context) => new OneOwner(context),
  (context) => new IncarnationNeverBack(context),
  (context) => new IncarnationOwner(context),
  (context) => new NoResurrection(context),
  () => new NoLateAccusation(),
  (context) => new SuspicionTime(context),
  () => new SecondHandDeath(),
  () => new SequenceNumbers(),
  (context) => new ReapTime(context),
  (context) => new MemberEvents(context),
  (context) => new GracefulLeave(context),
  (context) => new PacketSize(context),
  (context) => new BoundedQueues(context),
  (context) => new BoundedTraffic(context),
];
