import { allNodes, type CommandNode, type FlagNode } from './command-tree.ts';

/** A completion script for zsh: to be read by `source`, or kept as `_hearsay` in a folder of `fpath`. */
export function zshCompletion(root: CommandNode): string {
  const nodes = allNodes(root);
  const name = root.path;
  return `#compdef ${name}
# Completion of ${name} for zsh, made by \`${name} completion zsh\`.
_${name}() {
  local at=${name} word cur=\${words[CURRENT]} before=\${words[CURRENT - 1]}
  local -a commands flags
  for word in \${words[2,CURRENT - 1]}; do
    case "$at $word" in
${nodes.slice(1).map(pathCase).join('')}    esac
  done
  if [[ $cur == -*=* ]]; then before=\${cur%%=*}; compset -P '*='; cur=''; fi
  case "$at \${before/#--/-}" in
${nodes.flatMap(valueCases).join('')}  esac
  case "$at" in
${nodes.map(nodeCase).join('')}  esac
  if [[ $cur == -* ]]; then
    [[ $cur == -[^-]* ]] && flags=(\${flags/#--/-})
    _describe -o flag flags
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function pathCase({ path }: CommandNode): string {
  return `      ${quoted(path)}) at=${quoted(path)} ;;\n`;
}

function valueCases({ path, flags }: CommandNode): string[] {
  return flags
    .filter(({ value }) => value !== 'none')
    .map(({ name, value }) => `    ${quoted(`${path} -${name}`)}) ${valueAction(value)}; return ;;\n`);
}

function valueAction(value: FlagNode['value']): string {
  if (value === 'file') return '_files';
  return typeof value === 'string' ? "_message 'value'" : `compadd -- ${value.join(' ')}`;
}

function nodeCase({ path, children, flags }: CommandNode): string {
  const commands = children.map((child) => described(child.path.slice(path.length + 1), child.summary));
  const lines = flags.map(({ name, description }) => described(`--${name}`, description));
  return `    ${quoted(path)})\n      commands=(${commands.join(' ')})\n      flags=(${lines.join(' ')}) ;;\n`;
}

/** \`_describe\` parts word and text at the first colon that no backslash guards. */
function described(word: string, text: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${text}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
