import type { Command } from 'commander';

/**
 * Rewrites Go's single-dash long flags (`-bind=x`, `-retry-join x`), which Serf users type, as `--bind=x`. Only names
 * that `program` knows are touched, and nothing after `--`, so that a stray `-x` is still told as it was typed. The
 * one thing lost is a flag's value that is spelled exactly like a flag of ours.
 */
export function acceptSingleDash(program: Command, args: readonly string[]): string[] {
  const known = longFlags(program);
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    const name = /^-([A-Za-z][\w-]+)(=|$)/.exec(arg)?.[1];
    const isFlag = name !== undefined && known.has(`--${name}`) && (end === -1 || index < end);
    return isFlag ? `-${arg}` : arg;
  });
}

function longFlags(command: Command, into: Set<string> = new Set(['--help', '--version'])): Set<string> {
  for (const option of command.options) if (option.long !== undefined) into.add(option.long);
  for (const child of command.commands) longFlags(child, into);
  return into;
}
