/** Bounds of views, each with its arithmetic. */
export const viewsLimits = {
  /** Groups other than ours whose difference is looked for. Chosen: each costs a look at all members. */
  explainedGroupsMax: 16,
  /** Bytes of one page of a member list. Chosen: with what surrounds it one piece of an answer, 65,536 bytes. */
  pageMaxBytes: 61_440,
  /** Bytes of metadata that are told of one member. Chosen: eight times what a correct member says of itself. */
  metaMaxBytes: 4_096,
  /** Pages of one member list that are asked for. Chosen: 15 MiB, 100,000 members with 150 bytes each. */
  pagesMax: 256,
  /** Members whose difference is told, of how many there are. Chosen: more than anybody reads. */
  differencesMax: 1_000,
  /** How often it is looked whether all agree, in milliseconds, while somebody waits for that. Chosen. */
  agreementCheckMs: 200,
} as const;
