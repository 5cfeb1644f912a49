import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { readValue } from '../kv/values.ts';
import { addTraceFlags, traceAndTell, traceExits, type TraceFlags } from './run.ts';

interface TraceKvFlags extends TraceFlags {
  readonly raw?: boolean;
}

/** `hearsay trace kv`: a write, and how it went. */
export function traceKvCommand(context: CommandContext): Command {
  const command = new Command('kv')
    .summary('write a value and see how it spreads')
    .description('Write a shared value, and see which member got it when, and from whom.')
    .argument('<key>', 'the key, at most 128 bytes')
    .argument('<value>', 'the value as JSON')
    .option('--raw', 'take the value as it is, as bytes, not as JSON');
  addTraceFlags(command).action(
    ownAction<TraceKvFlags>(context, async (call) => {
      const [key, argument] = call.args as [string, string];
      const value = await readValue({ argument, file: undefined, isRaw: call.flags.raw === true }, call.io);
      return traceAndTell(call, { key, value });
    }),
  );
  return addHelp(command, {
    notes: [
      'It is a write like any other, made although the key has that value. Only members that take part in',
      'state have it.',
    ].join('\n'),
    examples: [['hearsay trace kv probe/spread 1', 'a key that nobody reads']],
    exits: traceExits,
  });
}
