import type { Command, Option } from 'commander';

/**
 * Rewrites a command line as Go's flag package reads it, which Serf users type, into one that commander reads the same
 * way: `-bind=x` and `-retry-join x` get their second dash, and `-replay=true` and `-coalesce=false` become flags
 * without a value. Only flags that the command has are touched, never their values and nothing after `--`, so that a
 * stray `-x` is still told as it was typed.
 */
export function acceptGoFlags(program: Command, args: readonly string[]): string[] {
  const result: string[] = [];
  const rest = [...args];
  let command = program;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') return [...result, arg, ...rest];
    if (isFlag(arg)) {
      const option = optionOf(command, nameOf(arg));
      result.push(...rewritten(command, option, arg));
      const isValueNext = option?.required === true && !arg.includes('=') && rest.length > 0;
      if (isValueNext) result.push(rest.shift()!);
    } else {
      const child = command.commands.find((candidate) => candidate.name() === arg);
      if (child === undefined && flagsFirst.has(command)) return [...result, '--', arg, ...rest];
      command = child ?? command;
      result.push(arg);
    }
  }
  return result;
}

const flagsFirst = new WeakSet<Command>();

/** From its first argument on `command` takes no flags, as with Go: `event deploy -v` has the payload `-v`. */
export function takeFlagsFirst(command: Command): Command {
  flagsFirst.add(command);
  return command;
}

function isFlag(arg: string): boolean {
  return /^--?[A-Za-z]/.test(arg);
}

function nameOf(arg: string): string {
  return arg.replace(/^--?/, '').replace(/=.*$/s, '');
}

function optionOf(command: Command, name: string): Option | undefined {
  return command.options.find(({ long }) => long === `--${name}`);
}

function rewritten(command: Command, option: Option | undefined, arg: string): string[] {
  if (option === undefined) return arg === '-help' || arg === '-version' ? [`-${arg}`] : [arg];
  const name = nameOf(arg);
  const isSwitch = !option.required && !option.optional;
  const isOn = isSwitch ? GO_BOOLEANS[arg.slice(arg.indexOf('=') + 1)] : undefined;
  if (!arg.includes('=') || isOn === undefined) return [arg.replace(/^--?/, '--')];
  const wanted = isOn ? name : `no-${name}`;
  return optionOf(command, wanted) === undefined ? [] : [`--${wanted}`];
}

const GO_BOOLEANS: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};
