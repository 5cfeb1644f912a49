import { type Command, Option } from 'commander';
import { durationOption, jsonOption } from '../options.ts';
import type { JsonFlag } from './action.ts';
import { DEFAULT_RPC_ADDRESS } from './agent-address.ts';

/** The flags of every command that asks an agent. */
export interface AgentFlags extends JsonFlag {
  readonly rpcAddr?: string;
  readonly rpcAuth?: string;
  /** How long to wait for the agent, in milliseconds. */
  readonly rpcTimeout: number;
}

/** Adds {@link AgentFlags}. `timeoutText` is the default, in Go's spelling. */
export function addAgentFlags(command: Command, timeoutText: string = '10s'): Command {
  const address = new Option(
    '--rpc-addr <address>',
    'RPC address of the agent, host:port or the path of a Unix socket; in the environment SERF_RPC_ADDR',
  );
  // The default stands only in the help, so that a flag that was given can be told from one that was not.
  address.defaultValueDescription = DEFAULT_RPC_ADDRESS;
  return command
    .addOption(address)
    .option('--rpc-auth <key>', 'RPC auth key of the agent; better in the environment, as SERF_RPC_AUTH')
    .addOption(durationOption('--rpc-timeout <time>', 'how long to wait for the agent, like 500ms or 1m', timeoutText))
    .addOption(jsonOption());
}
