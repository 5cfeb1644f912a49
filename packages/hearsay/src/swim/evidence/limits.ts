/** Bounds of what is recorded of members. Chosen: at most 1 MB, with usual names a quarter of it. */
export const evidenceLimits = {
  /** Records of other members. Chosen: the death of 200 members at once, each with its accusers. */
  recordsMax: 1_024,
  /** Records of this node itself. */
  ownRecordsMax: 256,
  /** Members of which it is known when they were last heard. Chosen: those of the last ten minutes or so. */
  contactsMax: 1_024,
  /** Helpers of one probe that are recorded. memberlist asks 3. */
  helpersMax: 8,
  /** Letters of a name. That of who pings or asks for a relay is not checked when it comes. As many as a member's name may have bytes. */
  nameMaxLength: 255,
  /** Conflicts and returns that go on are counted in one record; so many at once. */
  ongoingMax: 64,
  /** Failed probes for which a late answer is still told. */
  lateAcksMax: 16,
} as const;
