import { allNodes, type CommandNode, type FlagNode } from './command-tree.ts';

/** A completion script for fish. */
export function fishCompletion(root: CommandNode): string {
  const nodes = allNodes(root);
  const name = root.path;
  return `# Completion of ${name} for fish, made by \`${name} completion fish\`.
function __${name}_at --description 'Whether the words typed so far lead to this command'
    set -l at ${name}
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case ${nodes
              .slice(1)
              .map(({ path }) => quoted(path))
              .join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${name} -e
${nodes.flatMap((node) => linesFor(name, node)).join('\n')}
`;
}

function linesFor(program: string, { path, children, flags }: CommandNode): string[] {
  const head = `complete -c ${program} -n ${quoted(`__${program}_at ${quoted(path)}`)}`;
  return [
    ...children.map((child) => `${head} -f -a ${child.path.slice(path.length + 1)} -d ${quoted(child.summary)}`),
    ...flags.map(
      ({ name, description, value }) => `${head} -l ${name}${valueSwitches(value)} -d ${quoted(description)}`,
    ),
  ];
}

function valueSwitches(value: FlagNode['value']): string {
  if (value === 'none') return '';
  if (value === 'file') return ' -r -F';
  return typeof value === 'string' ? ' -x' : ` -x -a ${quoted(value.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
