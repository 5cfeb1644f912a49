import type { KvConfig, KvGossipConfig, SavedKv } from '../kv/index.ts';
import type { SerfConfig } from '../serf/index.ts';
import type { RuleSetName, SwimConfig, SwimProfile } from '../swim/index.ts';
import type { TelemetryConfig } from '../telemetry/index.ts';
import type { Aead } from '../wire/index.ts';
import type { CheckerFactory } from './checkers/checker.ts';
import type { NetworkConfig } from './sim-network.ts';
import type { SimNodeOptions } from './simulator.ts';
import type { TranscriptOptions } from './transcript.ts';

/** A Serf pool, as a scenario makes it. */
export interface SerfScenarioOptions {
  /** The same on all nodes. */
  readonly config?: Partial<SerfConfig>;
  /** What each node says of itself. @defaultValue nothing */
  readonly tags?: (name: string) => Readonly<Record<string, string>>;
  /** Nodes keep a snapshot file, which outlives their crashes. @defaultValue false */
  readonly snapshots?: boolean;
}

/** Gossiped state, as a scenario uses it. */
export interface KvScenarioOptions {
  /** What may be stored; the same on all nodes. */
  readonly config?: Partial<KvConfig>;
  /** How it spreads; the same on all nodes. */
  readonly gossip?: Partial<KvGossipConfig>;
  /** Whether the node takes part. @defaultValue all do */
  readonly isCapable?: (name: string) => boolean;
  /** What the node finds at its first start. @defaultValue nothing */
  readonly saved?: (name: string) => SavedKv;
  /** State is kept on a disk that outlives crashes. @defaultValue false */
  readonly disk?: boolean;
}

/** How a simulated cluster begins and what watches it. */
export interface ScenarioOptions {
  /** The whole run follows from it. */
  readonly seed: number;
  /** They are named n1, n2 and so on. */
  readonly nodeCount: number;
  /**
   * `joined`: all know each other from the start. `joining`: each starts and joins through its seeds. `apart`: each
   * starts alone. @defaultValue 'joined'
   */
  readonly start?: 'joined' | 'joining' | 'apart';
  /** @defaultValue 'lan' */
  readonly profile?: SwimProfile;
  /** Changes to the profile, the same on all nodes. */
  readonly swim?: Partial<SwimConfig>;
  /** Changes to {@link quietNetwork}. */
  readonly network?: Partial<NetworkConfig>;
  /** The first so many nodes are every node's seeds, which healing keeps trying. @defaultValue 1 */
  readonly seedNodeCount?: number;
  /** Makes it a Serf pool. @defaultValue a plain one */
  readonly serf?: SerfScenarioOptions;
  /** Gossiped state. @defaultValue none */
  readonly kv?: KvScenarioOptions;
  /** Metrics, published by all nodes that take part in state. @defaultValue none */
  readonly telemetry?: Partial<TelemetryConfig>;
  /** The rules of each node. @defaultValue those in `node`, or `sharp` */
  readonly rules?: (name: string) => RuleSetName;
  /** What every node is created with besides. */
  readonly node?: Omit<SimNodeOptions, 'profile' | 'swim' | 'seeds' | 'serf' | 'kv' | 'telemetry'>;
  /** Needed by nodes with keys. */
  readonly aead?: Aead;
  /** @defaultValue every invariant up to 64 nodes, none above */
  readonly checkers?: readonly CheckerFactory[];
  /** Above 64 nodes without traces, unless they are asked for: they would take a good part of the time. */
  readonly transcript?: TranscriptOptions;
}
