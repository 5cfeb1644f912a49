import type { Command, Option } from 'commander';
import { captureIo } from './captured-io.ts';
import { environmentOf, exitLines, helpOf, type CommandHelp } from './help.ts';
import { buildProgram } from './program.ts';
import { versionText } from './version.ts';

/** man/hearsay.1 in roff, made from the command tree: the page, `--help` and docs/cli.md cannot disagree. */
export async function renderManPage(): Promise<string> {
  const program = await buildProgram({ io: captureIo(), setExitCode: () => {} });
  const help = helpOf(program)!;
  const parts = [
    '.\\" Written by `npm run docs` from the command tree. Change the commands, not this page.',
    `.TH HEARSAY 1 "" ${argument(`hearsay ${versionText()}`)} "User Commands"`,
    '.SH NAME',
    text(`hearsay - ${lowerFirst(program.description()).replace(/\.$/, '')}`),
    '.SH SYNOPSIS',
    `.B hearsay\n.I command\n[\\fIflags\\fR] [\\fIarguments\\fR]`,
    '.SH DESCRIPTION',
    paragraphs(help.notes ?? ''),
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => commandParts(command, command.name())),
    '.SH ENVIRONMENT',
    ...environmentOf(program).map(([name, meaning]) => item(bold(name), text(meaning))),
    '.SH EXIT STATUS',
    ...exitLines(help).map(([code, meaning]) => item(bold(String(code)), text(meaning))),
    '.SH EXAMPLES',
    examples(program),
    '.SH SEE ALSO',
    text('serf(1), docs/cli.md and docs/serf-cli.md of the source'),
  ];
  return `${parts.join('\n')}\n`;
}

function commandParts(command: Command, path: string): string[] {
  const help = helpOf(command);
  return [
    `.SS ${argument(`hearsay ${path} ${command.usage()}`)}`,
    text(command.description()),
    ...command.options.filter(({ hidden }) => !hidden).map(optionItem),
    ...(help?.notes === undefined ? [] : ['.PP', paragraphs(help.notes)]),
    ...(help === undefined ? [] : ['.PP', 'Examples:', examples(command), '.PP', text(exitsText(help))]),
    ...command.commands.flatMap((child) => commandParts(child, `${path} ${child.name()}`)),
  ];
}

function exitsText(help: CommandHelp): string {
  return `Exit status: ${exitLines(help)
    .map(([code, meaning]) => `${code}, ${meaning}`)
    .join('; ')}.`;
}

function optionItem(option: Option): string {
  const preset = option.defaultValueDescription ?? option.defaultValue;
  const isWorthSaying = preset !== undefined && typeof preset !== 'boolean';
  return item(bold(option.flags), text(`${option.description}${isWorthSaying ? `; default: ${String(preset)}` : ''}`));
}

function item(head: string, body: string): string {
  return `.TP\n${head}\n${body}`;
}

function examples(command: Command): string {
  const lines = helpOf(command)!.examples.map(([line, purpose]) => `${raw(`# ${purpose}`)}\n${raw(line)}`);
  return `.PP\n.nf\n.RS\n${lines.join('\n')}\n.RE\n.fi`;
}

/** Notes are wrapped by hand; here the reader's width decides, but for lines that are set in. */
function paragraphs(notes: string): string {
  return notes
    .split('\n\n')
    .map((paragraph) => text(paragraph.replace(/\n(?! )/g, ' ')))
    .join('\n.PP\n');
}

function bold(words: string): string {
  return `\\fB${escape(words)}\\fR`;
}

/** Running text. A dot or an apostrophe at the start of a line would be a request. */
function text(words: string): string {
  return raw(words.trim());
}

function raw(words: string): string {
  return escape(words).replace(/^[.']/gm, '\\&$&');
}

function escape(words: string): string {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

function argument(words: string): string {
  return `"${escape(words).replaceAll('"', '\\(dq')}"`;
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
