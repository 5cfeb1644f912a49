import { Command } from 'commander';
import type { RpcKeysResponse } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, textWriter, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { runKeyOperation, type KeyOperation } from '../rpc/key-operation.ts';
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

/** What `serf` says before an operation, after it, and when it fails. */
const WORDS: Readonly<
  Record<KeyOperation, { readonly before: string; readonly after: string; readonly failed: string }>
> = {
  list: {
    before: 'Asking all members for installed keys...',
    after: 'Keys gathered, listing cluster keys...',
    failed: 'Failed to gather member keys',
  },
  install: {
    before: 'Installing key on all members...',
    after: 'Successfully installed key!',
    failed: 'Error installing key',
  },
  use: {
    before: 'Changing primary key on all members...',
    after: 'Successfully changed primary key!',
    failed: 'Error changing primary key',
  },
  remove: {
    before: 'Removing key on all members...',
    after: 'Successfully removed key!',
    failed: 'Error removing key',
  },
};

async function change({ flags, io, setExitCode }: Call<KeysFlags>): Promise<void> {
  const { operation, key } = readOperation(flags);
  const { before, after, failed } = WORDS[operation];
  const show = textWriter({ flags, io });
  show(`==> ${before}\n`);
  const result = await askAgent({ flags, io }, (client) => outcomeOf(failed, runKeyOperation(client, operation, key)));
  if (flags.json === true) io.out(json(document(operation, result)));
  if (result.error !== undefined) {
    show(`${keyFailuresText(result.answers)}${result.error.message}\n`);
    return setExitCode(ExitCode.failed);
  }
  show(`==> ${after}\n`);
  if (operation === 'list') show(`\n${keysText(result.answers)}`);
}

/** The one flag that was given. As with `serf`, an empty key is none. */
function readOperation({ list, install = '', use = '', remove = '' }: KeysFlags): {
  readonly operation: KeyOperation;
  readonly key: string;
} {
  const given = [
    ...(list === true ? [{ operation: 'list', key: '' } as const] : []),
    { operation: 'install', key: install } as const,
    { operation: 'use', key: use } as const,
    { operation: 'remove', key: remove } as const,
  ].filter(({ operation, key }) => operation === 'list' || key !== '');
  if (given.length > 1) throw new SerfError('Only one of -install, -use, -remove, or -list allowed');
  if (given[0] === undefined) throw usageError('');
  return given[0];
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

function document(operation: KeyOperation, { answers, error }: Outcome): object {
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
