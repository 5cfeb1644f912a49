import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { action, type Call } from '../rpc/action.ts';
import type { AgentFlags } from '../rpc/agent-flags.ts';
import { authAdvice } from '../rpc/connection-texts.ts';
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
      throw inOwnWords(error);
    }
  });
}

/** What a {@link SerfError} says in the words of `serf`, it has in ours as its advice. */
function inOwnWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, message } = error as Error & { readonly code?: string };
  const advice = error instanceof SerfError ? (error.advice ?? message) : authAdvice(message);
  if (advice === undefined) return error;
  return new CliError(advice, ExitCode.failed, { cause: error, ...(code !== undefined && { code }) });
}
