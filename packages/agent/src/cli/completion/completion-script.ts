import type { Command } from 'commander';
import { bashCompletion } from './bash.ts';
import { commandTree, type CommandNode } from './command-tree.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

/** The completion script of `program` for a shell, made from its commands and flags. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  return writers[shell](commandTree(program));
}

const writers: Readonly<Record<'bash' | 'zsh' | 'fish', (root: CommandNode) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
