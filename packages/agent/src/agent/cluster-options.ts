import { hostname } from 'node:os';
import {
  formatAddress,
  type CreateClusterOptions,
  type KvDurability,
  type KvNodeOptions,
  type TelemetryOptions,
} from 'hearsay';
import type { SerfAgentConfig } from './config.ts';
import { splitAddress } from './listen-address.ts';

/** What an agent is started with: the settings, checked, and what only a plain pool has. */
export interface AgentSettings {
  readonly config: SerfAgentConfig;
  /** `memberlist`: a plain pool, as Alertmanager's, in which there are no tags, events and queries. */
  readonly pool: 'serf' | 'memberlist';
  /** Of a plain pool: what the others see as metadata. */
  readonly meta?: string;
}

/** Events are collected for at most so long, and handed on when none came for so long. Serf `command/agent/agent.go`. */
const coalescing = {
  coalescePeriodMs: 3_000,
  quiescentPeriodMs: 1_000,
  userCoalescePeriodMs: 3_000,
  userQuiescentPeriodMs: 1_000,
} as const;

/** The member that `settings` describe, but for its tags, keys and log. */
export function toClusterOptions(settings: AgentSettings): CreateClusterOptions {
  const { config, pool, meta } = settings;
  const { advertise, label } = config;
  const common: CreateClusterOptions = {
    name: nameOf(config),
    pool,
    bind: config.bind,
    profile: config.profile as 'lan' | 'wan' | 'local',
    rules: config.rules as 'sharp' | 'memberlist',
    swim: { compression: config.enableCompression },
    kv: toKvOptions(config),
    telemetry: toTelemetryOptions(config),
    ...(label !== '' && { label }),
  };
  if (pool === 'memberlist') {
    // Its seeds are looked for again and again, for as long as this member is alone.
    const seeds = config.retryJoin;
    return { ...common, seeds, ...(advertise !== '' && { advertise }), ...(meta !== undefined && { meta }) };
  }
  return {
    ...common,
    ...(advertise !== '' && { advertise: withSerfPort(advertise) }),
    ...(config.snapshotPath !== '' && { snapshotPath: config.snapshotPath }),
    serf: {
      ...coalescing,
      protocolVersion: config.protocol,
      broadcastTimeoutMs: config.broadcastTimeoutMs,
      queryResponseMaxBytes: config.queryResponseMaxBytes,
      queryMaxBytes: config.queryMaxBytes,
      userEventMaxBytes: config.userEventMaxBytes,
      reconnectIntervalMs: config.reconnectIntervalMs,
      reconnectTimeoutMs: config.reconnectTimeoutMs,
      tombstoneTimeoutMs: config.tombstoneTimeoutMs,
      rejoinAfterLeave: config.rejoinAfterLeave,
      resolveNameConflicts: !config.disableNameResolution,
      coordinates: !config.disableCoordinates,
      validateNames: config.validateNodeNames,
    },
  };
}

function toKvOptions({
  dataDir,
  kv,
  kvBridge,
  kvDurability,
  kvFanout,
  kvIntervalMs,
}: SerfAgentConfig): false | KvNodeOptions {
  if (!kv) return false;
  return {
    peersPerPeriod: kvFanout,
    periodMs: kvIntervalMs,
    ...(kvBridge.length > 0 && { bridge: { prefixes: kvBridge } }),
    ...(dataDir !== '' && { dataDir, durability: kvDurability as KvDurability }),
  };
}

function toTelemetryOptions(config: SerfAgentConfig): false | TelemetryOptions {
  if (!config.kv || !config.telemetry) return false;
  return {
    periodMs: config.telemetryIntervalMs,
    process: config.telemetryProcess,
    publish: config.telemetryPublish,
    estimate: config.telemetryEstimate,
  };
}

/** The member's name: the host's, if none was given. */
export function nameOf({ nodeName }: SerfAgentConfig): string {
  return nodeName === '' ? hostname() : nodeName;
}

/** Serf takes its own port for granted when `advertise` has none, whatever that of `bind` is. */
function withSerfPort(advertise: string): string {
  const split = splitAddress(advertise);
  return split.ok ? formatAddress(split) : advertise;
}
