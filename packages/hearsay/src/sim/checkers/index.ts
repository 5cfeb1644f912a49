import { AnsweredCommands } from './answered-commands.ts';
import { BackToBaseline } from './back-to-baseline.ts';
import { BoundedQueues } from './bounded-queues.ts';
import { BoundedTraffic } from './bounded-traffic.ts';
import type { CheckerFactory } from './checker.ts';
import { Completeness } from './completeness.ts';
import { Convergence } from './convergence.ts';
import { GracefulLeave } from './graceful-leave.ts';
import { IncarnationNeverBack } from './incarnation-never-back.ts';
import { IncarnationOwner } from './incarnation-owner.ts';
import { KvBudget } from './kv-budget.ts';
import { KvConvergence } from './kv-convergence.ts';
import { KvNoResurrection } from './kv-no-resurrection.ts';
import { KvNoWayBack } from './kv-no-way-back.ts';
import { KvStrangers } from './kv-strangers.ts';
import { MemberEvents, plainSteps } from './member-events.ts';
import { NeverOwnDeath } from './never-own-death.ts';
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
  (context) => new Completeness(context),
  (context) => new NeverOwnDeath(context),
  (context) => new AnsweredCommands(context),
  (context) => new OneOwner(context),
  (context) => new IncarnationNeverBack(context),
  (context) => new IncarnationOwner(context),
  (context) => new NoLateAccusation(context),
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

/** Of gossiped state. */
const stateCheckers: readonly CheckerFactory[] = [
  (context) => new KvConvergence(context),
  (context) => new KvNoWayBack(context),
  (context) => new KvNoResurrection(context),
];

/** Of state on the wire; they read no encrypted packets. */
const statePacketCheckers: readonly CheckerFactory[] = [
  (context) => new KvBudget(context),
  (context) => new KvStrangers(context),
];

/** Of pools without gossiped state, which has a budget of its own. */
const statelessCheckers: readonly CheckerFactory[] = [(context) => new BackToBaseline(context)];

/** Every invariant of plain pools, for runs of small clusters: what they cost grows with the square of the members. */
export const allCheckers: readonly CheckerFactory[] = [
  ...swimCheckers,
  ...packetCheckers,
  ...plainCheckers,
  ...statelessCheckers,
];

/** Every invariant that can be checked in a pool of that kind. */
export function checkersFor(pool: {
  readonly isSerf: boolean;
  readonly isEncrypted: boolean;
  /** @defaultValue false */
  readonly hasState?: boolean;
}): CheckerFactory[] {
  return [
    ...swimCheckers,
    ...(pool.isEncrypted ? [] : packetCheckers),
    ...(pool.isSerf ? serfCheckers : plainCheckers),
    ...(pool.hasState === true ? stateCheckers : statelessCheckers),
    ...(pool.hasState === true && !pool.isEncrypted ? statePacketCheckers : []),
  ];
}
