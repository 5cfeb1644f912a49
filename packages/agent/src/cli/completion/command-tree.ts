import type { Command, Option } from 'commander';

/** A command as the completion scripts know it. */
export interface CommandNode {
  /** The words that lead to it: `hearsay packet decode`. */
  readonly path: string;
  readonly summary: string;
  readonly children: readonly CommandNode[];
  readonly flags: readonly FlagNode[];
}

/** A flag of a command. */
export interface FlagNode {
  /** Without its dashes. */
  readonly name: string;
  readonly description: string;
  /** What may follow: nothing, one of a few words, the path of a file, or anything. */
  readonly value: 'none' | 'file' | 'any' | readonly string[];
}

/** The command and all below it. */
export function commandTree(command: Command, path: string = command.name()): CommandNode {
  const flags = command.options.filter(({ hidden, long }) => !hidden && long !== undefined).map(flagNode);
  return {
    path,
    summary: command.summary(),
    children: command.commands.map((child) => commandTree(child, `${path} ${child.name()}`)),
    flags: [...flags, { name: 'help', description: 'explain the command', value: 'none' }],
  };
}

/** The node and all below it, each before its children. */
export function allNodes(node: CommandNode): CommandNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

function flagNode(option: Option): FlagNode {
  const name = option.long!.replace(/^--/, '');
  return { name, description: option.description, value: valueOf(name, option) };
}

function valueOf(name: string, option: Option): FlagNode['value'] {
  if (!option.required) return 'none';
  if (option.flags.includes('<path>')) return 'file';
  return option.argChoices ?? KNOWN_VALUES[name] ?? 'any';
}

/** Values of flags that commander does not check, because other spellings get an answer in the words of `serf`. */
const KNOWN_VALUES: Readonly<Record<string, readonly string[]>> = {
  format: ['text', 'json'],
  'log-level': ['trace', 'debug', 'info', 'warn', 'err'],
  profile: ['lan', 'wan', 'local'],
  rules: ['sharp', 'memberlist'],
  status: ['alive', 'leaving', 'left', 'failed'],
};
