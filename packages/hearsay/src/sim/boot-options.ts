import type { SerfLayerOptions } from '../cluster/index.ts';
import type { KvOptions } from '../kv/index.ts';
import { replaySnapshot } from '../serf/index.ts';
import type { KvScenarioOptions, ScenarioOptions, SerfScenarioOptions } from './scenario-options.ts';
import type { SimNode } from './sim-node.ts';
import type { Simulator, SimNodeOptions } from './simulator.ts';

/** What a process starts with: what the scenario wants of its node, and what the disks of the node have kept. */
export function bootOptions(options: ScenarioOptions, simulator: Simulator, node: SimNode): SimNodeOptions {
  const { profile = 'lan', swim, rules, serf, kv, telemetry } = options;
  const isCapable = kv !== undefined && (kv.isCapable?.(node.name) ?? true);
  const seeds = seedNodes(options, simulator).filter((seed) => seed !== node);
  return {
    ...options.node,
    profile,
    ...(swim === undefined ? {} : { swim }),
    ...(rules === undefined ? {} : { rules: rules(node.name) }),
    seeds: seeds.map((seed) => seed.address),
    ...(serf !== undefined && { serf: toSerfLayer(serf, node) }),
    ...(isCapable && { kv: toKvOptions(kv, simulator, node) }),
    ...(isCapable && telemetry !== undefined && { telemetry }),
  };
}

/** Through whom all others join. */
export function seedNodes({ seedNodeCount }: ScenarioOptions, { nodes }: Simulator): readonly SimNode[] {
  return nodes.slice(0, seedNodeCount ?? 1);
}

function toSerfLayer({ config = {}, tags, snapshots = false }: SerfScenarioOptions, node: SimNode): SerfLayerOptions {
  const rejoinAfterLeave = config.rejoinAfterLeave ?? false;
  return {
    config,
    ...(tags !== undefined && { tags: tags(node.name) }),
    ...(snapshots && { snapshot: replaySnapshot(node.disk.text, { rejoinAfterLeave }) }),
  };
}

function toKvOptions(
  { config, gossip, saved, disk }: KvScenarioOptions,
  simulator: Simulator,
  node: SimNode,
): KvOptions {
  const first = node.life === 0 ? saved?.(node.name) : undefined;
  if (first !== undefined) node.stateDisk.begin(first);
  const onDisk = disk === true ? node.stateDisk.load((atMs) => simulator.wallMsAt(node, atMs)) : undefined;
  const found = first ?? onDisk;
  return {
    ...(config !== undefined && { config }),
    ...(gossip !== undefined && { gossip }),
    ...(found !== undefined && { saved: found }),
  };
}
