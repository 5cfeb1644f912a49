/** Bounds of views, each with its arithmetic. */
export const viewsLimits = {
  /** Groups other than ours whose difference is looked for. Chosen: each costs a look at all members. */
  explainedGroupsMax: 16,
  /** Bytes of one page of a member list: one piece of an answer, at most 65,536, with room for the longest entry. */
  pageBytes: 49_152,
  /** Pages of one member list that are asked for. Chosen: 12 MiB, 100,000 members with 120 bytes each. */
  pagesMax: 256,
  /** Members whose difference is told, of how many there are. Chosen: more than anybody reads. */
  differencesMax: 1_000,
  /** How often it is looked whether all agree, in milliseconds, while somebody waits for that. Chosen. */
  agreementCheckMs: 200,
} as const;
