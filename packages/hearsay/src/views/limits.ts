/** Bounds of views, each with its arithmetic. */
export const viewsLimits = {
  /** Groups other than ours whose difference is looked for. Chosen: each costs a look at all members. */
  explainedGroupsMax: 16,
} as const;
