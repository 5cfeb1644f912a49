/** What the documents say is what the code does: their code compiles, their commands exist, their links lead somewhere. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { renderMetricsDocs } from '../packages/agent/src/agent/metrics-docs.ts';
import { captureIo } from '../packages/agent/src/cli/captured-io.ts';
import { renderCliDocs } from '../packages/agent/src/cli/cli-docs.ts';
import { renderConfigDocs } from '../packages/agent/src/cli/config-docs.ts';
import { renderJsonDocs } from '../packages/agent/src/cli/json-docs.ts';
import { renderManPage } from '../packages/agent/src/cli/man-page.ts';
import { buildProgram } from '../packages/agent/src/cli/program.ts';
import { exists, listFiles, readJson, rootFolder } from './support/source-files.ts';

const run = promisify(execFile);
const program = await buildProgram({ io: captureIo(), setExitCode: () => {} });
const documents = listFiles().filter((path) =>
  /^([A-Z]+|docs\/.*|bench\/.*|examples\/.*|packages\/\w+\/README)\.md$/.test(path),
);

interface CodeBlock {
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

test('code in the documents compiles against the package as it is published', async () => {
  const folder = join(rootFolder, '.cache/docs-snippets');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const blocks = codeBlocks('ts');
  const names = blocks.map(({ where }) => `${where.replaceAll(/[^\w]+/g, '-')}.ts`);
  blocks.forEach(({ text }, index) => writeFileSync(join(folder, names[index]!), `${text}\nexport {};\n`));
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
      noEmit: true,
      noUnusedLocals: false,
      skipLibCheck: false,
      lib: ['ES2023'],
      types: ['node'],
    },
    files: names,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { stdout } = await run(process.execPath, [
    join(rootFolder, 'node_modules/typescript/bin/tsc'),
    '-p',
    folder,
  ]).catch((error: unknown) => error as { stdout: string });
  expect(stdout).toBe('');
  expect(names.length).toBeGreaterThan(0);
});

test('every command in the documents exists, with every flag shown', { timeout: 180_000 }, async () => {
  const { scripts } = readJson<{ scripts: Record<string, string> }>('package.json');
  const lines = codeBlocks('sh').flatMap(({ where, text }) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split(/&&|\|/))
      .map((command) => ({ where, words: command.trim().split(/\s+/) })),
  );
  const problems: string[] = [];
  for (const { where, words } of lines) {
    if (words[0] === 'npm' && words[1] === 'run' && scripts[words[2]!] === undefined) {
      problems.push(`${where}: there is no script ${words[2]}`);
    }
    const start = words[0] === 'npx' ? 1 : 0;
    if (words[start] === 'hearsay') problems.push(...(await problemsOfCommand(where, words.slice(start + 1))));
  }
  expect(problems).toEqual([]);
});

test('docs/cli.md is what the commands say of themselves', async () => {
  // `npm run docs` writes it.
  await expect(await renderCliDocs()).toMatchFileSnapshot(join(rootFolder, 'docs/cli.md'));
});

test('docs/cli-json.md is what the schemas of the documents say', async () => {
  await expect(renderJsonDocs()).toMatchFileSnapshot(join(rootFolder, 'docs/cli-json.md'));
});

test('docs/agent-config.md is what the table of keys says', async () => {
  await expect(renderConfigDocs()).toMatchFileSnapshot(join(rootFolder, 'docs/agent-config.md'));
});

test('docs/metrics.md is what the tables of metrics say', async () => {
  await expect(renderMetricsDocs()).toMatchFileSnapshot(join(rootFolder, 'docs/metrics.md'));
});

test('the man page is what the commands say of themselves', async () => {
  await expect(await renderManPage()).toMatchFileSnapshot(join(rootFolder, 'packages/agent/man/hearsay.1'));
});

test('every relative link leads to a file', () => {
  const broken = documents.flatMap((path) => {
    const text = readFileSync(join(rootFolder, path), 'utf8');
    return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map((match) => posix.join(posix.dirname(path), match[1]!))
      .filter((target) => !exists(target))
      .map((target) => `${path}: ${target} is not there`);
  });
  expect(broken).toEqual([]);
});

test('each page of an experiment and its line in the list are of the commit its figures are of', () => {
  const folder = 'docs/experiments';
  const list = readFileSync(join(rootFolder, folder, 'README.md'), 'utf8').split('\n');
  const figures = listFiles(folder).filter((path) => path.endsWith('.json'));
  expect(figures.length).toBeGreaterThan(10);
  const stale = figures.filter((path) => {
    const { commit } = readJson<{ readonly commit: string }>(path);
    const pagePath = path.replace(/json$/, 'md');
    const line = list.find((each) => each.includes(`](${posix.basename(pagePath)})`));
    const isListed = line?.includes(`| ${commit} |`) ?? false;
    return !isListed || !readFileSync(join(rootFolder, pagePath), 'utf8').includes(`at commit ${commit} (`);
  });
  expect(stale).toEqual([]);
});

const helpTexts = new Map<string, Promise<string>>();

/** What `hearsay <subcommands> --help` prints; each is asked once. */
function helpOf(subcommands: string): Promise<string> {
  const bin = join(rootFolder, 'packages/agent/bin/hearsay.js');
  const words = subcommands.split(' ').filter((word) => word !== '');
  const help =
    helpTexts.get(subcommands) ?? run(process.execPath, [bin, ...words, '--help']).then(({ stdout }) => stdout);
  helpTexts.set(subcommands, help);
  return help;
}

async function problemsOfCommand(where: string, words: readonly string[]): Promise<string[]> {
  // `hearsay help packet decode` names the command `packet decode`.
  const subcommands = commandIn(words[0] === 'help' ? words.slice(1) : words);
  const flags = words.flatMap((word) => /^-{1,2}([\w-]+)/.exec(word)?.[1] ?? []);
  const help = await helpOf(subcommands).catch((error: Error) => error.message);
  const isShown = help.includes(`Usage: hearsay ${subcommands}`.trimEnd());
  return [
    ...(isShown ? [] : [`${where}: hearsay has no command ${subcommands}`]),
    ...flags
      .filter((flag) => !new RegExp(`(^|[\\s,])--?${flag}\\b`, 'm').test(help))
      .map((flag) => `${where}: hearsay ${subcommands} has no flag --${flag}`),
  ];
}

/** The words of a command line that name the command; an unknown first word counts as a name, so that it is missed. */
function commandIn(words: readonly string[]): string {
  let command = program;
  let count = 0;
  for (const word of words) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child === undefined && (command.commands.length === 0 || word.startsWith('-'))) break;
    count++;
    if (child === undefined) break;
    command = child;
  }
  return words.slice(0, count).join(' ');
}

/** Fenced blocks of one language in all documents. */
function codeBlocks(language: string): CodeBlock[] {
  return documents.flatMap((path) => {
    const text = readFileSync(join(rootFolder, path), 'utf8');
    return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
      .map((match) => ({
        where: `${path}:${text.slice(0, match.index).split('\n').length}`,
        language: match[1]!,
        text: match[2]!,
      }))
      .filter((block) => block.language === language);
  });
}
