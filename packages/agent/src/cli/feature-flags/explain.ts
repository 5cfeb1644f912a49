import { Command, InvalidArgumentError } from 'commander';
import type { FlagContext } from 'hearsay/flags';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { parseJson } from '../kv/values.ts';
import { collect } from '../options.ts';
import { json, safeText } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { readFlag } from './ls.ts';

type Attribute = readonly [name: string, value: unknown];

interface ExplainFlags extends AgentFlags {
  readonly attribute?: readonly Attribute[];
  readonly key?: string;
}

/** `hearsay flags explain`: what a flag serves to somebody, and why. */
export function flagsExplainCommand(context: CommandContext): Command {
  const command = new Command('explain')
    .summary('what a flag serves to somebody, and why')
    .description('Evaluate a flag, as the agent has it, for one who asks, and say what each rule found.')
    .argument('<name>', 'of the flag')
    .option('--key <text>', 'who asks: the targeting key, by which shares are dealt out')
    .option(
      '--attribute <name=value>',
      'what else is known of who asks, a JSON value or a text; may be given several times',
      collect(readAttribute),
    );
  addAgentFlags(command).action(ownAction(context, explain));
  return addHelp(command, {
    notes: 'Every program that evaluates the flag by hearsay/openfeature comes to the same answer.',
    examples: [
      ['hearsay flags explain new-ui -key=user-17', 'in or out of the rollout?'],
      ['hearsay flags explain new-ui -key=user-17 -attribute plan=team -attribute age=44', 'with what rules look at'],
    ],
    exits: [
      [ExitCode.ok, 'it serves a variant, or is not enabled'],
      [ExitCode.failed, 'bad flag, or a document that is no flag; the agent cannot be reached, or said no'],
      [ExitCode.answerIsNo, 'there is no such flag, or a rule needs an attribute that was not given'],
    ],
  });
}

async function explain({ flags, args, io, setExitCode }: Call<ExplainFlags>): Promise<void> {
  const name = args[0]!;
  const door = await import('hearsay/flags');
  const context: FlagContext = Object.fromEntries([
    ...(flags.attribute ?? []),
    ...(flags.key === undefined ? [] : [[door.targetingKey, flags.key] as const]),
  ]);
  const entry = await askAgent({ flags, io }, (client) => client.kv.get(door.flagKey(name)));
  if (entry === undefined) {
    setExitCode(ExitCode.answerIsNo);
    if (flags.json !== true) return io.err(`there is no flag ${JSON.stringify(name)}\n`);
    return io.out(json({ schema: 'hearsay/flags-explain/1', name, found: false, context, steps: [] }));
  }
  const read = readFlag(entry.value, door);
  if ('problem' in read) throw new CliError(`what is there is no flag: ${read.problem}`);
  const { outcome, lines } = door.explainFlag(name, read.flag, context);
  if (outcome.type === 'failed') setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) {
    return io.out(json({ schema: 'hearsay/flags-explain/1', name, found: true, context, outcome, steps: lines }));
  }
  io.out(lines.map((line) => `${safeText(line)}\n`).join(''));
}

/** `age=44` is a number, as JSON; `plan=team` is a text, as it is none. */
function readAttribute(text: string): Attribute {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be name=value.');
  const value = text.slice(at + 1);
  return [text.slice(0, at), parseJson(Buffer.from(value))?.value ?? value];
}
