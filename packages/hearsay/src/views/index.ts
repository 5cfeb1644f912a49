export type { Belief, BeliefCounts, BeliefState } from './belief.ts';
export type { ClusterViews, SilentMember, ViewDifference, ViewGroup, ViewHolder } from './groups.ts';
export { viewsLimits } from './limits.ts';
export { Views, type ViewsHost, type ViewsKv, type ViewsStats } from './views.ts';
