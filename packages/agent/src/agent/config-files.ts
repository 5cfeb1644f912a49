import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterError } from 'hearsay';
import type { ConfigLayer, SerfAgentConfig } from './config.ts';
import { configKeys, findConfigKey, type ConfigKey } from './config-keys.ts';
import { decodeConfigValue, showValue } from './config-values.ts';
import { fileProblem } from './file-problem.ts';
import { parseFirstJson } from './json-text.ts';

/**
 * Reads files, and of directories the files that end in `.json` in the order of their names, one layer a file.
 *
 * @throws {@link ClusterError} `ERR_FILE` when one cannot be read or is no JSON; `ERR_CONFIG` when a key is unknown or
 * its value of the wrong type: the message has a line for each, with file, key, value and remedy
 */
export function readConfigFiles(paths: readonly string[]): readonly ConfigLayer[] {
  return paths.flatMap(filesOf).map(readConfigFile);
}

function filesOf(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.json') && !entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((name) => join(path, name));
  } catch (cause) {
    throw new ClusterError('ERR_FILE', `Error reading '${path}': ${fileProblem(cause)}`, { cause });
  }
}

function readConfigFile(path: string): ConfigLayer {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ClusterError('ERR_FILE', `Error reading '${path}': ${fileProblem(cause)}`, { cause });
  }
  return { source: `'${path}'`, values: parseConfig(text, path) };
}

/** The settings in the text of one file. `path` is for errors, as {@link readConfigFiles} throws them. */
export function parseConfig(text: string, path: string): Partial<SerfAgentConfig> {
  const json = parseFirstJson(text);
  if (!json.ok) {
    const { line, column, problem } = json;
    throw new ClusterError(
      'ERR_FILE',
      `Error decoding '${path}': line ${line}, column ${column}: ${problem}; mend the JSON there`,
    );
  }
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    throw new ClusterError(
      'ERR_CONFIG',
      `Error decoding '${path}': its value is ${showValue(json.value)}; it must be an object, like {"node_name": "n1"}`,
    );
  }
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const seen = new Map<ConfigKey, string>();
  for (const [name, value] of Object.entries(json.value)) {
    const entry = findConfigKey(name);
    if (entry === undefined) {
      problems.push(`unknown key ${name} with the value ${showValue(value)}; ${adviceFor(name)}`);
      continue;
    }
    const earlier = seen.get(entry);
    if (earlier !== undefined) {
      problems.push(
        `key ${name} with the value ${shown(entry, value)} is there as ${earlier} already; keep one of them`,
      );
    }
    seen.set(entry, name);
    if (value === null) continue; // as if it were not there, as in Go
    const decoded = decodeConfigValue(entry.kind, value);
    if (decoded.ok) values[entry.field] = decoded.value;
    else problems.push(`key ${name}${decoded.at} is ${shown(entry, decoded.found)}; ${decoded.remedy}`);
  }
  if (problems.length > 0) {
    const lines = problems.map((problem) => `Error decoding '${path}': ${problem}`);
    throw new ClusterError('ERR_CONFIG', lines.join('\n'));
  }
  return values;
}

function shown(entry: ConfigKey, value: unknown): string {
  return entry.isSecret === true ? '(not shown)' : showValue(value);
}

/** What was probably meant: the key of the flag of that name, or one that differs by two letters at most. */
function adviceFor(name: string): string {
  const folded = name.toLowerCase();
  const byFlag = configKeys.find(({ flag }) => flag?.replaceAll('-', '_') === folded);
  const [nearest] = configKeys
    .map((entry) => ({ entry, distance: editDistance(folded, entry.key) }))
    .toSorted((a, b) => a.distance - b.distance);
  const meant = byFlag ?? (nearest!.distance <= 2 ? nearest!.entry : undefined);
  return meant === undefined
    ? 'remove it, or look for the right one in docs/agent-config.md'
    : `did you mean ${meant.key}?`;
}

/** Levenshtein's: how many letters must be added, removed or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < Math.min(a.length, 64); i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)! + Math.max(0, a.length - 64);
}
