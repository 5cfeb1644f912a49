export { convergenceBoundMs } from './bounds.ts';
export { allCheckers, checkersFor } from './checkers/index.ts';
export { CommonKey } from './checkers/common-key.ts';
export { InvariantBroken, type CheckContext, type Checker, type CheckerFactory } from './checkers/checker.ts';
export {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type PlotAxis,
  type PlotPoint,
  type PlotSeries,
  type ReportRow,
  type ReportTable,
  type Target,
  type Verdict,
} from './experiments/experiment.ts';
export { experiments, findExperiment, runCell, type CellTask } from './experiments/index.ts';
export { figureText, intervalText, targetText } from './experiments/figure-text.ts';
export { inject, type Fault } from './faults.ts';
export { faultScenarios, runFault, type FaultMode, type FaultScenario } from './fault-suite/index.ts';
export type { SimObserver } from './observer.ts';
export { kvPlanFromSeed, type KvAction, type KvPlan } from './kv-plan.ts';
export { planFromSeed, type Plan, type PlannedStep } from './plan.ts';
export type { BriefEvent } from './recorder.ts';
export { Scenario, simulate, type FaultSpan, type RestartOptions, type Unsettled } from './scenario.ts';
export { serfPlanFromSeed, type SerfAction } from './serf-plan.ts';
export { SerfActions, type SimAnswer, type SimQuery, type SimResult } from './serf-actions.ts';
export { KvActions, type KvActionRecord } from './kv-actions.ts';
export type { KvScenarioOptions, ScenarioOptions, SerfScenarioOptions } from './scenario-options.ts';
export {
  quietNetwork,
  SimNetwork,
  type LinkRuleId,
  type LinkRuleOptions,
  type NetworkConfig,
  type NodeSet,
} from './sim-network.ts';
export { SimNode, type SimNodeState, type TrafficCounters } from './sim-node.ts';
export { SimDisk } from './sim-disk.ts';
export { SimStateDisk } from './sim-state-disk.ts';
export { Simulator, type SimNodeOptions, type SimulatorOptions } from './simulator.ts';
export { drainQueues, runSpreadExperiment, type SpreadOptions, type SpreadResult } from './spread-experiment.ts';
export { runPlan, runKvSwarmSeed, runSerfSwarmSeed, runSwarmSeed, type SwarmResult } from './swarm.ts';
export { Transcript, type TranscriptOptions } from './transcript.ts';
export { formCluster } from './warm-start.ts';
export { traceIn } from './trace-run.ts';
export { warmState, type WarmStateOptions } from './warm-state.ts';
export {
  runWhyExperiment,
  type WhyExperimentOptions,
  type WhyExperimentResult,
  type WhyFinding,
} from './why-experiment.ts';
export { rightVerdicts, whyTroubles, type WhyTrouble } from './why-troubles.ts';
export type { UserAction } from './workload.ts';
