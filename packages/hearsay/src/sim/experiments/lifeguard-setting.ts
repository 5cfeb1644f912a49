import type { SwimConfig } from '../../swim/index.ts';
import type { SimNodeOptions } from '../simulator.ts';
import type { ExperimentCell } from './experiment.ts';

/** C of Lifeguard §V.D: how many members are blocked. */
export const anomalyCounts: readonly number[] = [1, 4, 8, 12, 16, 20, 24, 28, 32];
/** D: how long a block lasts. */
export const blocksMs: readonly number[] = [128, 512, 2_048, 8_192, 16_384, 32_768];
/** I: how long members are free between two blocks. */
export const intervalsMs: readonly number[] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/** All three parts of Lifeguard, at its defaults. */
export const lifeguardName = 'lifeguard a=5 b=6';

/** One protocol that is put to the test. */
export interface LifeguardConfig {
  readonly name: string;
  readonly rules: 'memberlist' | 'sharp';
  readonly swim: Partial<SwimConfig>;
  /** How long a member takes for a packet; undefined: as long as others. */
  readonly packetHandlingMs?: number;
  /** Another reading of the paper: of the configuration of that name, whose published figures it is held against. */
  readonly readingOf?: string;
}

/** Fixed suspicions, no local health, and suspects hear of it by gossip alone. */
const plainSwim: Partial<SwimConfig> = {
  suspicionMult: 5,
  suspicionMaxTimeoutMult: 1,
  awarenessMaxMultiplier: 1,
  buddyPings: false,
};

/** Local health as the text has it, and not the code: up to nine-fold. */
const nineFold: Partial<SwimConfig> = { awarenessMaxMultiplier: 9 };
/** And probes lie further apart as well. */
const asWritten: Partial<SwimConfig> = { ...nineFold, spacedProbes: true };
/** With so slow members SWIM and Lifeguard send as many packets as published. */
const slowHandlingMs = 0.5;

function lifeguardOf(alpha: number, beta: number): LifeguardConfig {
  const swim = { suspicionMult: alpha, suspicionMaxTimeoutMult: beta };
  return { name: `lifeguard a=${alpha} b=${beta}`, rules: 'memberlist', swim };
}

function sharpOf(alpha: number, confirmations: number): LifeguardConfig {
  const swim = { suspicionMult: alpha, suspicionConfirmations: confirmations };
  return { name: `sharp a=${alpha} k=${confirmations}`, rules: 'sharp', swim };
}

/** Lifeguard §V.E (Tables IV to VI), §V.F (Table VII), and ours. */
export const lifeguardConfigs: readonly LifeguardConfig[] = [
  { name: 'swim', rules: 'memberlist', swim: plainSwim },
  { name: 'lha-probe', rules: 'memberlist', swim: { ...plainSwim, awarenessMaxMultiplier: 8 } },
  { name: 'lha-suspicion', rules: 'memberlist', swim: { ...plainSwim, suspicionMaxTimeoutMult: 6 } },
  { name: 'buddy', rules: 'memberlist', swim: { ...plainSwim, buddyPings: true } },
  {
    name: 'paper lha-probe',
    readingOf: 'lha-probe',
    rules: 'memberlist',
    swim: { ...plainSwim, ...asWritten },
  },
  {
    name: 'paper lifeguard',
    readingOf: lifeguardName,
    rules: 'memberlist',
    swim: { ...lifeguardOf(5, 6).swim, ...asWritten },
  },
  ...[
    { name: 'slow swim', readingOf: 'swim', swim: plainSwim },
    { name: 'slow lha-probe', readingOf: 'lha-probe', swim: { ...plainSwim, ...nineFold } },
    { name: 'slow lifeguard', readingOf: lifeguardName, swim: { ...lifeguardOf(5, 6).swim, ...nineFold } },
  ].map((config) => ({ ...config, rules: 'memberlist' as const, packetHandlingMs: slowHandlingMs })),
  ...[5, 4, 2].flatMap((alpha) => [6, 4, 2].map((beta) => lifeguardOf(alpha, beta))),
  ...[5, 3, 2].flatMap((alpha) => [3, 2, 1].map((confirmations) => sharpOf(alpha, confirmations))),
];

/** One combination of a protocol with C, D and I. */
export interface LifeguardCell extends ExperimentCell {
  /** The name of a {@link LifeguardConfig}. */
  readonly config: string;
  readonly anomalyCount: number;
  readonly blockMs: number;
  /** Null: one block, a Threshold run. */
  readonly intervalMs: number | null;
  /** For tests: fewer members and less time than in the paper. */
  readonly memberCount?: number;
  readonly testMs?: number;
}

/**
 * Intervals up to this leave a blocked member so little time that nearly all false positives are there. Together with D it
 * makes the strata of the sample.
 */
export const shortIntervalMs = 256;

/** Every combination. Those of the sample have it in their names: what is run where there is no time for all. */
export const lifeguardCells: readonly LifeguardCell[] = lifeguardConfigs.flatMap(({ name }) => [
  ...blocksMs.flatMap((blockMs) => anomalyCounts.map((anomalyCount) => cellOf(name, anomalyCount, blockMs, null))),
  ...blocksMs.flatMap((blockMs) =>
    intervalsMs.flatMap((intervalMs) =>
      anomalyCounts.map((anomalyCount) => cellOf(name, anomalyCount, blockMs, intervalMs)),
    ),
  ),
]);

function cellOf(config: string, anomalyCount: number, blockMs: number, intervalMs: number | null): LifeguardCell {
  const kind = intervalMs === null ? 'threshold' : `interval I=${intervalMs}`;
  const isSampled = intervalMs === null ? blockMs >= 16_384 : isInSample(anomalyCount, blockMs, intervalMs);
  const id = `${config} ${kind} D=${blockMs} C=${anomalyCount}${isSampled ? ' sample' : ''}`;
  return { id, config, anomalyCount, blockMs, intervalMs };
}

/**
 * One cell in seven, more of those that matter. Of 16 s and short intervals two for each C, of 32 s one; each combination
 * of D and I is there, with C in turn.
 */
function isInSample(anomalyCount: number, blockMs: number, intervalMs: number): boolean {
  const c = anomalyCounts.indexOf(anomalyCount);
  const i = intervalsMs.indexOf(intervalMs);
  if (intervalMs > shortIntervalMs || blockMs <= 512) return c === (3 * blocksMs.indexOf(blockMs) + 2 * i) % 9;
  switch (blockMs) {
    case 32_768:
      return i === (c + 1) % 5;
    case 16_384:
      return i === c % 5 || i === (c + 2) % 5;
    case 8_192:
      return anomalyCount === [16, 32, 4, 12, 28][i];
    default:
      return anomalyCount === [8, 16, 20, 24, 32][i];
  }
}

/** A tag as long as those of a Consul agent. */
const meta = Uint8Array.from({ length: 160 }, (_, index) => (index * 37) % 251);

/** A member, with three confirmations unless said otherwise: memberlist would ask for none at a multiplier of 2. */
export function lifeguardNode({ rules, swim }: LifeguardConfig): SimNodeOptions {
  const config = { suspicionConfirmations: 3, compression: false, ...swim };
  return { profile: 'lan', rules, evidence: false, meta, swim: config };
}
