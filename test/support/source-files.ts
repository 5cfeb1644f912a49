import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder, with a slash at the end. */
export const rootFolder: string = fileURLToPath(new URL('../../', import.meta.url));

const ignoredFolders = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);

/** Every file that is or may be committed, as a path from the root with forward slashes. */
export function listFiles(folder: string = '.'): string[] {
  return readdirSync(join(rootFolder, folder), { withFileTypes: true })
    .filter((entry) => !ignoredFolders.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : [path];
    })
    .toSorted();
}

/** One TypeScript file, read line by line: prettier's layout makes that enough, and the compiler does the rest. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];

  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(join(rootFolder, path), 'utf8');
    this.lines = this.text.split('\n');
  }

  /** The lines that are not comments, each with its number from 1. */
  get codeLines(): { readonly number: number; readonly text: string }[] {
    return this.lines
      .map((line, index) => ({ number: index + 1, text: line.replace(/\s\/\/ .*$/, '') }))
      .filter(({ text }) => !/^\s*(\/\/|\/\*|\*)/.test(text));
  }

  /** Relative imports and re-exports, as paths from the root. */
  get imports(): { readonly target: string; readonly isType: boolean }[] {
    const code = this.codeLines.map(({ text }) => text).join('\n');
    const statement =
      /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm;
    return [...code.matchAll(statement)].map((match) => ({
      target: posix.join(posix.dirname(this.path), (match[2] ?? match[3] ?? match[4])!).replace(/\.js$/, '.ts'),
      isType: match[1] !== undefined,
    }));
  }

  /** Module names of imports that are not relative. */
  get packageImports(): string[] {
    const code = this.codeLines.map(({ text }) => text).join('\n');
    const statement =
      /^(?:import|export)\s[^;'"]*?from\s+'([^.'][^']*)'|^import\s+'([^.'][^']*)'|import\('([^.'][^']*)'\)/gm;
    return [...code.matchAll(statement)].map((match) => (match[1] ?? match[2] ?? match[3])!);
  }

  /** What this file declares and exports, with whether a doc comment stands right above. */
  get exports(): { readonly name: string; readonly lineNumber: number; readonly isDocumented: boolean }[] {
    const declaration =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:class|interface|type|const|let|function\*?|enum) (\w+)/;
    const found = new Map<string, { name: string; lineNumber: number; isDocumented: boolean }>();
    this.lines.forEach((line, index) => {
      const name = declaration.exec(line)?.[1];
      // A type beside a constant of its name, or a further overload, is documented by the first of them.
      if (name === undefined || found.has(name)) return;
      const isDocumented = this.lines[index - 1]?.trimEnd().endsWith('*/') === true;
      found.set(name, { name, lineNumber: index + 1, isDocumented });
    });
    return [...found.values()];
  }

  /** Functions and methods, by the indentation of their first and last line. */
  get functions(): { readonly name: string; readonly lineCount: number; readonly lineNumber: number }[] {
    const opening =
      /^(\s*)(?:export )?(?:private |static |override |async |get |set |\*)*(?:function\*? )?(?:const )?([#\w]+)(?:<[^>]*>)?(?:: \w+)?(?: = )?(?:async )?\(.*\{$/;
    return this.lines.flatMap((line, start) => {
      const match = opening.exec(line);
      if (match === null || /^(if|for|while|switch|return|catch|super)$/.test(match[2]!)) return [];
      const end = this.lines.findIndex((other, index) => index > start && other.startsWith(`${match[1]!}}`));
      return end < 0 ? [] : [{ name: match[2]!, lineCount: end - start + 1, lineNumber: start + 1 }];
    });
  }
}

/** The published sources, without tests. */
export function readSources(): SourceFile[] {
  return listFiles('packages')
    .filter((path) => /^packages\/\w+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
    .map((path) => new SourceFile(path));
}

/** Reads a JSON file of the repository. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(rootFolder, path), 'utf8')) as T;
}

/** Whether `path` (from the root) is there. */
export function exists(path: string): boolean {
  return statSync(join(rootFolder, path), { throwIfNoEntry: false }) !== undefined;
}
