import type { Command, Option } from 'commander';
import { captureIo } from './captured-io.ts';
import { buildProgram } from './program.ts';
import { exitLines, helpOf } from './help.ts';
import { markdownTable } from './markdown.ts';

/** docs/cli.md, made from the command tree, so that the page and `--help` cannot disagree. */
export async function renderCliDocs(): Promise<string> {
  const program = await buildProgram({ io: captureIo(), setExitCode: () => {} });
  const head =
    '# Command line\n\n<!-- Written by `npm run docs` from the command tree. Change the commands, not this page. -->\n';
  return `${head}\n${section(program, program.name(), 2)}`;
}

function section(command: Command, path: string, level: number): string {
  const own = [
    `${'#'.repeat(level)} ${path}`,
    command.description(),
    fenced(`${path} ${command.usage()}`),
    argumentsTable(command),
    optionsTable(command),
    ...helpParts(command),
  ];
  const children = command.commands.map((child) => section(child, `${path} ${child.name()}`, level));
  return `${own.filter((part) => part !== '').join('\n\n')}\n${children.map((child) => `\n${child}`).join('')}`;
}

function argumentsTable(command: Command): string {
  const rows = command.registeredArguments.map((argument) => [code(argument.name()), argument.description]);
  return rows.length === 0 ? '' : markdownTable(['argument', 'meaning'], rows);
}

function optionsTable(command: Command): string {
  const rows = command.options
    .filter((option) => !option.hidden)
    .map((option) => [code(option.flags), option.description, defaultText(option)]);
  return rows.length === 0 ? '' : markdownTable(['flag', 'meaning', 'default'], rows);
}

function defaultText(option: Option): string {
  if (option.defaultValueDescription !== undefined) return option.defaultValueDescription;
  return option.defaultValue === undefined || option.defaultValue === false ? '' : code(String(option.defaultValue));
}

function helpParts(command: Command): string[] {
  const help = helpOf(command);
  if (help === undefined) return [];
  return [
    help.notes ?? '',
    fenced(help.examples.map(([line, purpose]) => `# ${purpose}\n${line}`).join('\n'), 'sh'),
    help.environment === undefined
      ? ''
      : markdownTable(
          ['variable', 'meaning'],
          help.environment.map(([name, meaning]) => [code(name), meaning]),
        ),
    markdownTable(
      ['exit code', 'meaning'],
      exitLines(help).map(([exit, text]) => [String(exit), text]),
    ),
  ];
}

function fenced(text: string, language: string = ''): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}
