export type { Belief, BeliefCounts, BeliefState } from './belief.ts';
export type { AbsenceReason, DiffAspect, DiffSide, MemberDifference, ViewsDiff } from './comparison.ts';
export type { ClusterViews, SilentMember, ViewDifference, ViewGroup, ViewHolder } from './groups.ts';
export { Fingerprint } from './fingerprint.ts';
export { viewsLimits } from './limits.ts';
export type { ViewsSummary } from './summary.ts';
export type { TableRow } from './table.ts';
export { Views, type ViewsHost, type ViewsStats } from './views.ts';
