/**
 * What a reviewer would otherwise have to look for in every change. After TigerBeetle's tidy.zig. Each message says
 * what to do instead.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { pureLayers } from './support/pure-layers.ts';
import { exists, listFiles, readJson, readSources, rootFolder, SourceFile } from './support/source-files.ts';

/** What each layer may import, as ARCHITECTURE.md draws it. The later protocols join when they exist. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  util: [],
  wire: ['util'],
  swim: ['util', 'wire'],
  serf: ['util', 'wire', 'swim'],
  kv: ['util', 'wire', 'swim'],
  telemetry: ['util', 'wire', 'swim', 'kv'],
  inquiry: ['util', 'wire', 'swim'],
  views: ['util', 'wire', 'swim', 'kv', 'inquiry'],
  trace: ['util', 'wire', 'swim', 'inquiry'],
  flags: ['util', 'wire'],
  cluster: ['util', 'wire', 'swim', 'serf', 'kv', 'telemetry', 'inquiry', 'views', 'trace'],
  sim: ['util', 'wire', 'swim', 'serf', 'kv', 'telemetry', 'cluster'],
  node: ['util', 'wire', 'swim', 'serf', 'kv', 'telemetry', 'views', 'cluster'],
  openfeature: ['util', 'flags', 'node'],
  prometheus: ['node'],
  client: ['util', 'wire'],
  otel: ['node', 'prometheus'],
  agent: ['hearsay', 'hearsay/client', 'hearsay/core', 'hearsay/prometheus'],
  cli: ['agent', 'hearsay', 'hearsay/client', 'hearsay/core', 'hearsay/flags', 'hearsay/sim', 'hearsay/wire'],
};
/** Files that the command line needs before it loads the layer behind them; they import nothing. */
const sideDoors = new Set(['packages/agent/src/agent/durations.ts']);
const sources = readSources();
const byPath = new Map(sources.map((source) => [source.path, source]));
const textFiles = listFiles().filter((path) => !/\.(png|gif|ico|deb)$/.test(path));

test('every layer has a row in the table of allowed imports, and the table has no cycle', () => {
  const layers = new Set(sources.map(layerOf).filter((layer) => layer !== undefined));
  expect([...layers].filter((layer) => allowedImports[layer] === undefined)).toEqual([]);
  const seen: string[] = [];
  for (const [layer, allowed] of Object.entries(allowedImports)) {
    const later = allowed.filter((name) => !name.startsWith('hearsay') && !seen.includes(name));
    expect(later, `${layer} may import only layers listed above it`).toEqual([]);
    seen.push(layer);
  }
});

test("each layer's tsconfig is the fence that the table describes", () => {
  const problems = Object.entries(allowedImports).flatMap(([layer, allowed]) => {
    const folder = allowed.some((name) => name.startsWith('hearsay')) ? 'packages/agent/src' : 'packages/hearsay/src';
    const path = `${folder}/${layer}/tsconfig.json`;
    const config = readJson<{ extends: string; references: { path: string }[] }>(path);
    const references = config.references.map((reference) => posix.basename(reference.path)).toSorted();
    const expected = [...new Set(allowed.map((name) => name.split('/')[0]!))].toSorted();
    const base = pureLayers.has(layer) ? 'tsconfig.pure.json' : 'tsconfig.node.json';
    return [
      ...(references.join() === expected.join()
        ? []
        : [`${path} references ${references.join()}; the table says ${expected.join()}`]),
      ...(config.extends.endsWith(base) ? [] : [`${path} must extend ${base}`]),
    ];
  });
  expect(problems).toEqual([]);
});

test('layers import only what lies below them, and only through the door', () => {
  const problems = sources.flatMap((source) =>
    source.imports.flatMap(({ target }) => {
      const from = layerOf(source);
      const to = layerOfPath(target);
      if (from === undefined || to === undefined) return [];
      if (from === to) {
        const isOwnDoor = target.endsWith(`/${to}/index.ts`) && !source.path.endsWith('/main.ts');
        return isOwnDoor ? [`${source.path}: import the file itself, not the door of its own layer`] : [];
      }
      if (!allowedImports[from]!.includes(to)) {
        return [`${source.path}: ${from} may not know ${to}. Let ${to} call it, or move the code down`];
      }
      if (target.endsWith(`/${to}/index.ts`) || sideDoors.has(target)) return [];
      return [`${source.path}: import ${to} through its door, ${to}/index.ts, not ${target}`];
    }),
  );
  expect(problems).toEqual([]);
});

test('packages import only what their package.json promises', () => {
  const problems = sources.flatMap((source) => {
    const layer = layerOf(source);
    return source.packageImports.flatMap((name) => {
      if (name.startsWith('node:')) return [];
      if (name.startsWith('hearsay')) {
        const isAllowed = layer !== undefined && allowedImports[layer]!.includes(name);
        return isAllowed ? [] : [`${source.path}: ${layer} may not import ${name}`];
      }
      const packageFolder = source.path.split('/').slice(0, 2).join('/');
      const { dependencies, optionalDependencies, peerDependencies } = readJson<
        Partial<Record<'dependencies' | 'optionalDependencies' | 'peerDependencies', Record<string, string>>>
      >(`${packageFolder}/package.json`);
      const isPromised = name in { ...dependencies, ...optionalDependencies, ...peerDependencies };
      return isPromised ? [] : [`${source.path}: ${name} is no dependency of ${packageFolder}`];
    });
  });
  expect(problems).toEqual([]);
});

test('pure layers take time, chance and the platform as inputs', () => {
  const forbidden: readonly [RegExp, string][] = [
    [/\bDate\b(?=[.(])|new Date\b/, 'time is an input: take nowMs or read the StepClock'],
    [/\bMath\.random\b/, 'chance is an input: draw from the Rng you were given'],
    [/'node:|\brequire\(/, 'the platform is an input: put it behind Effects or Env'],
    [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\(/, 'arm a Timer of the TimerQueue'],
    [/\b(console|process|performance)\./, 'count it in stats or send it through Trace'],
    [/\b(Buffer|TextEncoder|TextDecoder)\b[.(]/, "use Uint8Array with util's ByteReader and ByteWriter"],
    [/\basync\b|\bawait\b|\bPromise\b/, 'a step runs to its end: answer with an event'],
  ];
  const problems = sources
    .filter((source) => pureLayers.has(layerOf(source) ?? ''))
    .flatMap((source) =>
      source.codeLines.flatMap(({ number, text }) =>
        forbidden
          .filter(([pattern]) => pattern.test(text))
          .map(([, instead]) => `${source.path}:${number}: ${text.trim()} — ${instead}`),
      ),
    );
  expect(problems).toEqual([]);
});

test('no file waits for itself', () => {
  const problems: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      problems.push(`${[...trail.slice(trail.indexOf(path)), path].join(' → ')}: move what both need to a third file`);
      return;
    }
    if (finished.has(path)) return;
    for (const { target, isType } of byPath.get(path)?.imports ?? []) if (!isType) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const source of sources) visit(source.path, []);
  expect(problems).toEqual([]);
});

test('every source file can be reached from an entry point', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { target } of byPath.get(path)?.imports ?? []) visit(target);
  };
  entryPoints().forEach(visit);
  const lost = sources.map(({ path }) => path).filter((path) => !reached.has(path));
  expect(lost, 'delete these, or import them from where they are meant to be used').toEqual([]);
});

test('every exported name says what it is for', () => {
  const silent = sources.flatMap((source) =>
    source.exports
      .filter(({ isDocumented }) => !isDocumented)
      .map(({ name, lineNumber }) => `${source.path}:${lineNumber}: ${name} needs a TSDoc comment right above it`),
  );
  expect(silent).toEqual([]);
});

test('what the package exports is what was reviewed', () => {
  const reviewed = readFileSync(join(rootFolder, 'test/public-api.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const door = byPath.get('packages/hearsay/src/index.ts')!;
  const code = door.codeLines.map(({ text }) => text).join('\n');
  expect(code, 'name each export: `export *` lets names slip out').not.toMatch(/^export \*/m);
  const names = [...code.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap((match) => match[1]!.split(','))
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    )
    .filter((name) => name !== '')
    .toSorted();
  expect(names, 'a name in or out of the public API goes through test/public-api.txt').toEqual(reviewed);
});

test('nothing unfinished is left behind', () => {
  // Put together from pieces, so that this file does not find itself.
  const marks = [
    ['FIX', 'ME'],
    ['XX', 'X'],
    ['HA', 'CK'],
  ]
    .map((pieces) => pieces.join(''))
    .join('|');
  const leftovers: readonly [RegExp, string][] = [
    [new RegExp(`\\b(${marks})\\b`), 'mend it, or write what would have to be true to do it'],
    [/\b(test|it|describe)\.only\(/, 'run all tests'],
    [/^\s*debugger;/, 'take it out'],
    [/^(<{7}|>{7}) /, 'finish the merge'],
  ];
  expect(
    findInFiles(
      textFiles.filter((path) => /\.(ts|mts|mjs|js|md|json|yml|sh)$/.test(path)),
      leftovers,
    ),
  ).toEqual([]);
});

test('no file knows the machine it was written on', () => {
  const homes = ['work', 'home', 'root', 'Users'].join('|');
  const registries = [
    ['regis', 'try\\.npm'],
    ['regis', 'try\\.yarn'],
    ['arti', 'factory'],
  ].map((pieces) => pieces.join(''));
  const traces: readonly [RegExp, string][] = [
    [new RegExp(`(^|[\\s"'\`(=])/(${homes})/`), 'use a path from the repository'],
    [/"resolved": "https?:/, 'npm ci must ask the registry its user configured: see .npmrc'],
    [new RegExp(registries.join('|')), 'name no registry: the user configures theirs'],
  ];
  expect(findInFiles(textFiles, traces)).toEqual([]);
});

test('the longest files and functions, to look at', () => {
  const longest = <T extends { readonly lineCount: number }>(rows: T[]): T[] =>
    rows.toSorted((a, b) => b.lineCount - a.lineCount).slice(0, 10);
  const files = sources.map((source) => ({ name: source.path, lineCount: source.lines.length - 1 }));
  const functions = sources.flatMap((source) =>
    source.functions.map(({ name, lineCount, lineNumber }) => ({
      name: `${name} (${source.path}:${lineNumber})`,
      lineCount,
    })),
  );
  const table = (rows: readonly { readonly name: string; readonly lineCount: number }[]): string =>
    longest([...rows])
      .map(({ name, lineCount }) => `${String(lineCount).padStart(6)}  ${name}`)
      .join('\n');
  console.log(`longest files, in lines\n${table(files)}\nlongest functions, in lines\n${table(functions)}`);
  expect(functions.length).toBeGreaterThan(0);
});

function layerOfPath(path: string): string | undefined {
  return /^packages\/\w+\/src\/(\w+)\//.exec(path)?.[1];
}

function layerOf(source: SourceFile): string | undefined {
  return layerOfPath(source.path);
}

/** The sources behind package.json's exports and the command's start file, and what writes the committed documents. */
function entryPoints(): string[] {
  const toSource = (folder: string, target: string): string =>
    posix.join(folder, target).replace('/dist/', '/src/').replace(/\.js$/, '.ts');
  const documents = new SourceFile('test/docs.test.ts').imports.map(({ target }) => target);
  const published = ['packages/hearsay', 'packages/agent'].flatMap((folder) => {
    const manifest = readJson<{ exports: Record<string, { default: string } | string>; bin?: Record<string, string> }>(
      `${folder}/package.json`,
    );
    const targets = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : [entry.default],
    );
    const started = Object.values(manifest.bin ?? {}).flatMap((bin) => {
      const path = posix.join(folder, bin);
      const text = exists(path) ? readFileSync(join(rootFolder, path), 'utf8') : '';
      return [...text.matchAll(/'(\.\.\/dist\/[^']+)'/g)].map((match) => posix.join(posix.dirname(bin), match[1]!));
    });
    return [...targets, ...started].map((target) => toSource(folder, target));
  });
  return [...documents, ...published];
}

function findInFiles(paths: readonly string[], patterns: readonly (readonly [RegExp, string])[]): string[] {
  return paths.flatMap((path) =>
    readFileSync(join(rootFolder, path), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        patterns
          .filter(([pattern]) => pattern.test(line))
          .map(([, instead]) => `${path}:${index + 1}: ${line.trim().slice(0, 80)} — ${instead}`),
      ),
  );
}
