import { quietNetwork, type NetworkConfig } from '../sim-network.ts';
import { Simulator, type SimNodeOptions } from '../simulator.ts';
import { drainQueues } from '../spread-experiment.ts';
import type { SimNode } from '../sim-node.ts';
import type { SimObserver } from '../observer.ts';
import { formCluster } from '../warm-start.ts';

/** A cluster that an experiment begins with. */
export interface RestingClusterOptions {
  readonly seed: number;
  /** They are named n1, n2 and so on. */
  readonly nodeCount: number;
  /** The same on all nodes. */
  readonly node: SimNodeOptions;
  /** Changes to {@link quietNetwork}. Nothing gets lost while the cluster forms. */
  readonly network?: Partial<NetworkConfig>;
  /** Watches from before the first node starts. */
  readonly observer?: SimObserver;
  /** What each node does before it knows the others. */
  readonly beforeForming?: (node: SimNode) => void;
}

const drainLimitMs = 120_000;

/** A cluster in which all know each other, nobody has news to tell, and each node has a phase of its own. */
export function restingCluster(options: RestingClusterOptions): Simulator {
  const network = { ...quietNetwork, ...options.network };
  const simulator = new Simulator({ seed: options.seed, network: { ...network, loss: 0 } });
  if (options.observer !== undefined) simulator.observe(options.observer);
  for (let i = 1; i <= options.nodeCount; i++) simulator.addNode(`n${i}`);
  for (const node of simulator.nodes) simulator.boot(node, options.node);
  if (options.beforeForming !== undefined) simulator.nodes.forEach(options.beforeForming);
  formCluster(simulator);
  drainQueues(simulator, drainLimitMs);
  simulator.network.config = network;
  return simulator;
}
