import { Command } from 'commander';
import type { RpcClient, RpcKeysResponse } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, textWriter, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { SerfError, usageError } from '../rpc/serf-error.ts';
import { keyFailuresText, keysText } from '../serf/keys-text.ts';
import { keysRotateCommand } from './keys-rotate.ts';

interface KeysFlags extends AgentFlags {
  readonly list?: boolean;
  readonly install?: string;
  readonly use?: string;
  readonly remove?: string;
}

/** `hearsay keys`: the encryption keys of the whole pool. */
export function keysCommand(context: CommandContext): Command {
  const command = new Command('keys')
    .summary("list and change the pool's encryption keys")
    .description('List and change the encryption keys of all members of the pool. One flag says what to do.')
    .usage('[flags]')
    .allowExcessArguments()
    .helpCommand(false)
    .option('--list', 'how many members have each key')
    .option('--install <key>', 'give every member this key, for reading only')
    .option('--use <key>', 'encrypt with this key, which all must have')
    .option('--remove <key>', 'take this key away; not the one in use');
  addAgentFlags(command, '1m').action(action(context, change));
  command.enablePositionalOptions().addCommand(keysRotateCommand(context));
  return addHelp(command, {
    notes: [
      'Keys are in base64, as `hearsay keygen` makes them. To change the key of a pool there is',
      '`hearsay keys rotate`. By hand: install the new one, use it, remove the old one, each only when',
      'the step before has succeeded on all members.',
    ].join('\n'),
    examples: [
      ['hearsay keys -list', 'which keys there are'],
      ['hearsay keys -install="$(cat new.key)"', 'the first step of a change'],
    ],
    exits: [ExitCode.ok, [ExitCode.failed, 'a member did not answer or could not; bad flag, no agent']],
  });
}

/** A key operation, with what `serf` says before it, after it, and when it fails. */
interface KeyOperation {
  readonly name: 'list' | 'install' | 'use' | 'remove';
  readonly announcement: string;
  readonly success: string;
  readonly failure: string;
  run(client: RpcClient): Promise<RpcKeysResponse>;
}

async function change({ flags, io, setExitCode }: Call<KeysFlags>): Promise<void> {
  const operation = operationOf(flags);
  const { name, announcement, success, failure } = operation;
  const show = textWriter({ flags, io });
  show(`==> ${announcement}\n`);
  const result = await askAgent({ flags, io }, (client) => outcomeOf(failure, operation.run(client)));
  if (flags.json === true) io.out(json(document(name, result)));
  if (result.error !== undefined) {
    show(`${keyFailuresText(result.answers)}${result.error.message}\n`);
    return setExitCode(ExitCode.failed);
  }
  show(`==> ${success}\n`);
  if (name === 'list') show(`\n${keysText(result.answers)}`);
}

function operationOf({ list, install, use, remove }: KeysFlags): KeyOperation {
  const operations: KeyOperation[] = [];
  if (list === true) {
    operations.push({
      name: 'list',
      announcement: 'Asking all members for installed keys...',
      success: 'Keys gathered, listing cluster keys...',
      failure: 'Failed to gather member keys',
      run: (client) => client.listKeys(),
    });
  }
  if (install !== undefined && install !== '') {
    operations.push({
      name: 'install',
      announcement: 'Installing key on all members...',
      success: 'Successfully installed key!',
      failure: 'Error installing key',
      run: (client) => client.installKey(install),
    });
  }
  if (use !== undefined && use !== '') {
    operations.push({
      name: 'use',
      announcement: 'Changing primary key on all members...',
      success: 'Successfully changed primary key!',
      failure: 'Error changing primary key',
      run: (client) => client.useKey(use),
    });
  }
  if (remove !== undefined && remove !== '') {
    operations.push({
      name: 'remove',
      announcement: 'Removing key on all members...',
      success: 'Successfully removed key!',
      failure: 'Error removing key',
      run: (client) => client.removeKey(remove),
    });
  }
  if (operations.length > 1) throw new SerfError('Only one of -install, -use, -remove, or -list allowed');
  const [operation] = operations;
  if (operation === undefined) throw usageError('');
  return operation;
}

interface Outcome {
  readonly answers: RpcKeysResponse;
  readonly error: Error | undefined;
}

/** A failure with the answers of the members is an outcome as well; any other is told. */
async function outcomeOf(failure: string, running: Promise<RpcKeysResponse>): Promise<Outcome> {
  try {
    return { answers: await inWords(failure, running), error: undefined };
  } catch (error) {
    const answers = error instanceof SerfError ? (error.cause as Error).cause : undefined;
    if (answers === undefined) throw error;
    return { answers: answers as RpcKeysResponse, error: error as Error };
  }
}

function document(operation: KeyOperation['name'], { answers, error }: Outcome): object {
  return {
    schema: 'hearsay/keys/1',
    operation,
    ok: error === undefined,
    ...(error !== undefined && { error: error.message }),
    memberCount: answers.numNodes,
    responseCount: answers.numResp,
    errorCount: answers.numErr,
    keys: Object.entries(answers.keys ?? {}).map(([key, memberCount]) => ({ key, memberCount })),
    messages: answers.messages ?? {},
  };
}
