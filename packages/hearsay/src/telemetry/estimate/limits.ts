/** How estimates go: every node that takes part keeps these alike. */
export const estimateLimits = {
  /** Rounds of an epoch (design 3.12). Nodes differ by a millionth then, if nothing is lost. */
  epochRounds: 30,
  /** Rounds after which the next epoch begins beside it: two overlap (design 3.12), so that results are half as old. */
  strideRounds: 15,
  /** Who hears of an epoch later than in this round adds nothing to it. Chosen: what clocks and packets differ by. */
  lateRoundsMax: 3,
  /** Exponential draws by which those that take part are counted (design, check 18): 3.1 % standard error. */
  countDraws: 1_024,
  /** Those by which the weight that is left is measured. Chosen: 8.8 % standard error, for 128 bytes. */
  weightDraws: 128,
  /** The round in which that weight is drawn: in the 20 that are left the least of 10,000 nodes gets everywhere. */
  weightRound: 10,
  /** Metrics that are estimated. Chosen: with a rate for each they fit into a packet. */
  namesMax: 24,
  /** The largest value, of either sign. Chosen: the squares of 10,000,000 of them still fit into a 32-bit float. */
  valueMax: 1e15,
  /** The largest weight: one for each node. Chosen: far above any cluster. */
  weightMax: 16_777_216,
} as const;
