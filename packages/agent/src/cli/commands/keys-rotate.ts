import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import type { RpcClient } from 'hearsay/client';
import type { RotationState, RotationStep } from 'hearsay/core';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { durationOption } from '../options.ts';
import { carryOut, observe, runRotation } from '../rotate/rotation.ts';
import { RotationReport } from '../rotate/rotation-report.ts';
import { StateFile } from '../rotate/state-file.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { unlessInterrupted } from '../rpc/interrupt.ts';

interface RotateFlags extends AgentFlags {
  readonly abort?: boolean;
  readonly dryRun?: boolean;
  readonly forget?: string;
  readonly interval: number;
  readonly newKey?: string;
  readonly oldKey?: string;
  readonly resume?: boolean;
  readonly state: string;
  readonly timeout: number;
}

/** `hearsay keys rotate`: a new key for the whole pool, at no moment of which two live members cannot talk. */
export function keysRotateCommand(context: CommandContext): Command {
  const command = new Command('rotate')
    .summary('change the key of the pool, step by step and with a way back')
    .description(
      'Change the encryption key of the pool: install the new one on all members, see it there, use it, see it in use, remove the old one.',
    )
    .option('--new-key <key>', 'the new key in base64; default: a random one, of the length of `hearsay keygen`')
    .option('--old-key <key>', 'the key in use, where the pool has several')
    .option('--state <path>', 'where to keep how far it has come, and the new key', 'hearsay-key-rotation.json')
    .option('--dry-run', 'show the steps that would be taken, and take none')
    .option('--resume', 'go on with the rotation in the state file')
    .option('--abort', 'call off the rotation in the state file: return to the old key')
    .option('--forget <name>', 'with -resume or -abort: no longer wait for that member, which no agent lists any more')
    .addOption(durationOption('--timeout <time>', 'how long to wait for members before giving up for now', '10m'))
    .addOption(durationOption('--interval <time>', 'how long to wait before looking again', '2s'));
  addAgentFlags(command, '1m').action(action(context, rotate));
  return addHelp(command, { notes: NOTES, examples: EXAMPLES, exits: EXITS });
}

const NOTES = `Each step is asked of all members, and the next one comes when all have confirmed it and their lists
of keys show it. Members that failed are waited for, as they would come back with the old key: start
them, or force them to leave. So are those that the agent does not know, if they were there when it
began; -forget=NAME ends that for one that was pruned, or reaped. It must not come back with the old
key. What would not be safe is refused. Ask an agent that has been in the pool for long: one that
has just started does not know who failed before.

The state file is written before every step: after a crash of anything, -resume goes on. It holds the
keys and is for its owner alone; when all is done the new key is in it, as \`target\`. Members keep the
new key over a restart only in a keyring file (-keyring-file): where the key is in a configuration,
put the new one there before the member starts again. Do not add members while this runs.`;

const EXAMPLES = [
  ['hearsay keys rotate -dry-run', 'what would happen'],
  ['hearsay keys rotate -state=/var/lib/hearsay/rotation.json', 'a random new key'],
  ['hearsay keys rotate -state=/var/lib/hearsay/rotation.json -resume', 'after it was interrupted'],
  ['hearsay keys rotate -state=/var/lib/hearsay/rotation.json -abort', 'back to the old key'],
] as const;

const EXITS = [
  [ExitCode.ok, 'all members have the new key alone, or with -abort the old one'],
  [ExitCode.failed, 'bad flag or state file, no agent, or members did not confirm in time: -resume goes on'],
  [ExitCode.answerIsNo, 'refused, as it would not be safe'],
  ExitCode.interrupted,
] as const;

async function rotate(call: Call<RotateFlags>): Promise<void> {
  const { abortRotation, forgetMember, newRotation, nextStep, readRotationState } = await import('hearsay/core');
  const { flags, io } = call;
  const file = new StateFile(flags.state);
  const found = startOf(flags, file.load(readRotationState), () =>
    newRotation(flags.newKey ?? randomBytes(32).toString('base64'), flags.oldKey),
  );
  const start = flags.forget === undefined ? found : forgetMember(found, flags.forget);
  const report = new RotationReport(call);
  if (flags.dryRun === true) {
    const steps = await askAgent(call, (client) => plan(client, start));
    return report.end('planned', steps);
  }
  const { state, step } = flags.abort === true ? abortRotation(start) : { state: start, step: undefined };
  file.store(state);
  if (step?.do === 'refuse') return report.end('refused', [step]);
  if (step?.do === 'done') return report.end('unchanged', [step]);
  report.begin();
  const isFinished = await unlessInterrupted(io, async (signal) => {
    const last = await runRotation(state, {
      next: nextStep,
      store: (changed) => file.store(changed),
      ask: (work) => askAgent(call, (client) => closedOn(signal, client, () => work(client))),
      onStep: (taken) => {
        if (!signal.aborted) report.take(taken);
      },
      pause: () => report.pause(signal),
    });
    report.end(last.do === 'done' ? 'done' : 'refused');
  });
  if (!isFinished) report.end('interrupted');
}

/** What to begin with: the state in the file, or a new one where the file does not hold one that is under way. */
function startOf(flags: RotateFlags, stored: RotationState | undefined, begin: () => RotationState): RotationState {
  const isGoingOn = flags.resume === true || flags.abort === true;
  if (flags.resume === true && flags.abort === true) throw new CliError('give -resume or -abort, not both');
  if (isGoingOn && (flags.newKey ?? flags.oldKey) !== undefined) {
    throw new CliError('the keys are in the state file: give none with -resume and -abort');
  }
  if (!isGoingOn && flags.forget !== undefined) throw new CliError('give -forget with -resume or -abort');
  // In the survey nothing has been changed yet.
  const isUnderWay = stored !== undefined && stored.phase !== 'survey' && stored.phase !== 'done';
  if (!isGoingOn && (!isUnderWay || flags.dryRun === true)) return begin();
  if (stored === undefined) throw new CliError(`there is no rotation to go on with in ${flags.state}`);
  if (isGoingOn) return stored;
  throw new CliError(`a rotation is under way in ${flags.state}: -resume goes on with it, -abort calls it off`);
}

/** The steps from here to the end. All that is asked of the pool for it is the list of its keys. */
async function plan(client: RpcClient, start: RotationState): Promise<readonly RotationStep[]> {
  const { nextStep, planRotation } = await import('hearsay/core');
  const seen = await observe(client);
  const { state, step } = nextStep(start, seen);
  const isSurvey = start.phase === 'survey' && step.do === 'list';
  return isSurvey ? planRotation(state, await carryOut(client, step)) : planRotation(start, seen);
}

/** An interrupt does not wait for the agent. */
async function closedOn<T>(signal: AbortSignal, client: RpcClient, work: () => Promise<T>): Promise<T> {
  const close = (): void => client.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', close);
  }
}
