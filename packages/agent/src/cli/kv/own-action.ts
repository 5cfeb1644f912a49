import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { action, type Call } from '../rpc/action.ts';
import type { AgentFlags } from '../rpc/agent-flags.ts';
import { SerfError } from '../rpc/serf-error.ts';

/**
 * The action of a command that `serf` does not have. What goes wrong is told on standard error, so that nobody takes it
 * for a value; with `--json` it is a document, as with all commands.
 */
export function ownAction<Flags extends AgentFlags>(
  context: CommandContext,
  run: (call: Call<Flags>) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return action<Flags>(context, async (call) => {
    try {
      await run(call);
    } catch (error) {
      throw error instanceof SerfError ? inOwnWords(error) : error;
    }
  });
}

/** An agent that cannot be reached is told of in the words of `serf`, with ours as advice. */
function inOwnWords({ message, advice, code, cause }: SerfError): CliError {
  return new CliError(advice ?? message, ExitCode.failed, { cause, code });
}
