import { allNodes, type CommandNode, type FlagNode } from './command-tree.ts';

/** A completion script for bash. It may be read more than once. */
export function bashCompletion(root: CommandNode): string {
  const nodes = allNodes(root);
  const name = root.path;
  return `# Completion of ${name} for bash, made by \`${name} completion bash\`.
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local at=${name} words='' flags='' dashes='--' i
  # bash takes --flag=value apart.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $before == '=' ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${nodes.slice(1).map(pathCase).join('')}    esac
  done
  COMPREPLY=()
  case "$at \${before/#--/-}" in
${nodes.flatMap(valueCases).join('')}  esac
  case "$at" in
${nodes.map(nodeCase).join('')}  esac
  [[ $cur == -[!-]* ]] && dashes='-'
  [[ $cur == -* ]] && words="$dashes\${flags// / $dashes}"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _${name} ${name}
`;
}

function pathCase({ path }: CommandNode): string {
  return `      '${path}') at='${path}' ;;\n`;
}

/** After a flag that takes one of a few words come those words; after another one what the shell offers by default. */
function valueCases({ path, flags }: CommandNode): string[] {
  return flags
    .filter(({ value }) => value !== 'none')
    .map(({ name, value }: FlagNode) => {
      const words = typeof value === 'string' ? '' : `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$cur")); `;
      return `    '${path} -${name}') ${words}return ;;\n`;
    });
}

function nodeCase({ path, children, flags }: CommandNode): string {
  const words = children.map((child) => child.path.slice(path.length + 1)).join(' ');
  return `    '${path}') words='${words}' flags='${flags.map(({ name }) => name).join(' ')}' ;;\n`;
}
