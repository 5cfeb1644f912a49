import { labelled, plain, type MetricDefinition } from './definition.ts';

/** Members, and how this node comes to believe what it does of them. */
export const membershipMetrics: readonly MetricDefinition[] = [
  labelled(
    'gauge',
    { name: 'hearsay_members', help: 'Members that this node knows, by what it believes of them.' },
    ['state', 'alive, suspect, dead, left'],
    ({ core }) => core.members,
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_member_changes',
      help: 'Members that joined, failed, left or were forgotten in the eyes of this node.',
    },
    ['change', 'joined, failed, left, reaped'],
    ({ core: { swim } }) => ({
      joined: swim.membersJoined,
      failed: swim.membersFailed,
      left: swim.membersLeft,
      reaped: swim.membersReaped,
    }),
  ),
  plain(
    'gauge',
    {
      name: 'hearsay_health_score',
      help: 'How much this node doubts its own health: 0 is well, up to 7 is slow or cut off.',
    },
    ({ core }) => core.healthScore,
  ),
  labelled(
    'counter',
    { name: 'hearsay_probes', help: 'Probes of other members, by how they ended.' },
    ['result', 'acked, failed, void (own timers were late)'],
    ({ core: { swim } }) => ({ acked: swim.probesAcked, failed: swim.probesFailed, void: swim.probesVoid }),
  ),
  plain(
    'counter',
    {
      name: 'hearsay_probe_timeouts',
      help: 'Probes whose direct ping was not answered in time, so that others were asked.',
    },
    ({ core }) => core.swim.probeTimeouts,
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_probes_saved',
      help: 'Probes that the target did not answer in time by itself, and that did not fail all the same: others reached it, or only TCP did.',
    },
    ['by', 'late (its own answer came late), others, stream'],
    ({ core: { swim } }) => ({
      late: swim.probesAckedLate,
      others: swim.probesSavedByOthers,
      stream: swim.probesSavedByStream,
    }),
  ),
  labelled(
    'gauge',
    {
      name: 'hearsay_one_way_members',
      help: 'Members that answered none of the last three probes of this node or more, although they are there.',
    },
    ['broken', 'out (they ping this node, so what it sends is lost), in (it hears nothing of them, but others do)'],
    ({ core }) => ({ ...core.brokenPaths }),
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_suspicions',
      help: 'Suspicions, their confirmations by others, and accusations of this node it refuted.',
    },
    ['event', 'raised, confirmed, refuted'],
    ({ core: { swim } }) => ({
      raised: swim.suspicions,
      confirmed: swim.suspicionsConfirmed,
      refuted: swim.refutations,
    }),
  ),
  plain(
    'counter',
    { name: 'hearsay_name_conflicts', help: 'Times that two members claimed one name.' },
    ({ core }) => core.swim.nameConflicts,
  ),
  labelled(
    'counter',
    {
      name: 'hearsay_heals',
      help: 'Attempts to reach members of a lost part of the cluster, and those that brought one back.',
    },
    ['result', 'attempted, healed'],
    ({ core: { swim } }) => ({ attempted: swim.healAttempts, healed: swim.heals }),
  ),
  labelled(
    'counter',
    { name: 'hearsay_push_pulls', help: 'Exchanges of all member records over a stream.' },
    ['result', 'initiated, answered, failed'],
    ({ core: { swim } }) => ({
      initiated: swim.pushPullsInitiated,
      answered: swim.pushPullsAnswered,
      failed: swim.pushPullsFailed,
    }),
  ),
];

/** Who agrees on who is live. */
export const viewMetrics: readonly MetricDefinition[] = [
  plain(
    'gauge',
    {
      name: 'hearsay_views',
      help: 'Different views of who is live, among the members that this node hears of: 1 when all agree.',
    },
    (stats) => stats.views?.distinct,
  ),
  labelled(
    'gauge',
    {
      name: 'hearsay_view_members',
      help: 'Live members, by whether they believe the same as this node of who is live.',
    },
    ['view', 'same, other, untold (members of other software, and those whose digest has not come)'],
    (stats) => stats.views && { same: stats.views.same, other: stats.views.other, untold: stats.views.untold },
  ),
  plain(
    'gauge',
    {
      name: 'hearsay_view_fingerprint',
      help: 'A number that is the same on nodes that believe the same of who is live, also where they no longer hear of one another.',
    },
    (stats) => stats.views?.fingerprint,
  ),
];
