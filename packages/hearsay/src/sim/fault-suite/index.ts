import { badLinkFaults } from './bad-links.ts';
import { crashFaults } from './crashes.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { hostileFaults } from './hostile.ts';
import { partitionFaults } from './partitions.ts';
import { poolFaults } from './pools.ts';
import { returnFaults } from './returns.ts';
import { stallFaults } from './stalls.ts';

export type { FaultMode, FaultScenario } from './fault-scenario.ts';
export { runFault } from './run-fault.ts';

/** Every fault that the simulator plays; what each stands for is in docs/fault-suite.md. */
export const faultScenarios: readonly FaultScenario[] = [
  ...crashFaults,
  ...returnFaults,
  ...stallFaults,
  ...partitionFaults,
  ...badLinkFaults,
  ...hostileFaults,
  ...poolFaults,
];
