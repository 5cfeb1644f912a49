import { Option, type Command } from 'commander';
import type { RpcKvLane } from 'hearsay/client';

/** Which keys a command is about. */
export interface ScopeFlags {
  readonly lane: RpcKvLane;
  readonly node?: string;
}

const lanes: readonly RpcKvLane[] = ['shared', 'owned', 'telemetry'];

/** `-lane`, for commands that write: in an owned lane they write the agent's own keys. */
export function laneOption(): Option {
  return new Option('--lane <lane>', "keys that all write, or the agent's own")
    .choices(lanes)
    .default('shared' satisfies RpcKvLane);
}

/** `-lane` and `-node`, for commands that read. */
export function addScopeFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--lane <lane>', 'keys that all write, or that each member has for itself')
        .choices(lanes)
        .default('shared' satisfies RpcKvLane),
    )
    .option('--node <name>', 'keys of that member, of the lane owned unless -lane says telemetry');
}

/** `-node` alone means owned keys: the shared ones are nobody's. */
export function scopeOf({ lane, node }: ScopeFlags): { readonly lane: RpcKvLane; readonly node?: string } {
  if (node === undefined) return { lane };
  return { lane: lane === 'shared' ? 'owned' : lane, node };
}
