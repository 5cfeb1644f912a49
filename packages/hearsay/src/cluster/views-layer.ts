import type { Inquiries } from '../inquiry/index.ts';
import type { Kv } from '../kv/index.ts';
import type { Serf } from '../serf/index.ts';
import type { Member, MemberState, Swim } from '../swim/index.ts';
import type { Rng, StepClock, TimerQueue } from '../util/index.ts';
import { Views, type Belief, type BeliefState } from '../views/index.ts';
import { withoutKvHead } from './capability.ts';
import type { StateHooks } from './cluster-delegate.ts';

/** What views are made of. */
export interface ViewsLayerParts {
  readonly swim: Swim;
  readonly kv: Kv;
  readonly inquiries: Inquiries;
  readonly isCapable: (member: Member) => boolean;
  /** Undefined in a plain pool. In a Serf pool that layer remembers who is gone, for longer than membership does. */
  readonly serf: () => Serf | undefined;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
}

const stateOf: Readonly<Record<MemberState, BeliefState>> = {
  alive: 'alive',
  suspect: 'suspect',
  dead: 'failed',
  left: 'left',
};
const noMeta = new Uint8Array(0);

/** Who believes what, as `ClusterNode.views` hands it out. Reading takes no time; ages are as of the last step. */
export type NodeViews = Pick<Views, 'read' | 'summary' | 'stats'>;

/** Views above the state layer. */
export function createViews({ swim, kv, inquiries, isCapable, serf, clock, timers, rng }: ViewsLayerParts): Views {
  const host = {
    name: swim.self.name,
    beliefs: () => beliefsOf(swim, serf()),
    memberCount: () => swim.members.liveCount,
    isCapable: (name: string) => {
      const member = swim.members.get(name);
      return member !== undefined && isCapable(member);
    },
  };
  return new Views(host, kv, inquiries, { clock, timers, rng });
}

/** The hooks of the state layer, and views hear of members too. */
export function withViews(hooks: StateHooks, views: Views | undefined): StateHooks {
  if (views === undefined) return hooks;
  return {
    ...hooks,
    onMemberEvent: (event) => {
      hooks.onMemberEvent(event);
      // A reaped member was gone before, and new metadata makes nobody live.
      if (event.type !== 'reap' && event.type !== 'update') views.noteChange();
    },
  };
}

function* beliefsOf(swim: Swim, serf: Serf | undefined): Generator<Belief> {
  for (const member of swim.members.members) {
    // Membership lists some that never were alive here, and of a Serf pool's departed it forgets most.
    const isShown = member.stateChangedAtMs !== -Infinity && (serf === undefined || !member.isDeadOrLeft);
    if (isShown) yield toBelief(member, stateOf[member.state]);
  }
  for (const { member, status } of serf?.departed() ?? []) {
    if (status === 'failed' || status === 'left') yield toBelief(member, status);
  }
}

function toBelief({ name, address, incarnation, meta }: Member, state: BeliefState): Belief {
  return { name, state, address, incarnation, meta: withoutKvHead(meta ?? noMeta) };
}
