/** Why bytes are no state message. */
export type KvFailure =
  /** The bytes end early, or a length announces more than there is. */
  'truncated';
