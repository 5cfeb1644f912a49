import { readFileSync } from 'node:fs';
import { ClusterError } from 'hearsay';
import { replaceFile } from './atomic-file.ts';
import { showValue } from './config-values.ts';
import { fileProblem } from './file-problem.ts';
import { formatGoJson, parseFirstJson } from './json-text.ts';

/**
 * The tags that an agent had when it ended; undefined when there is no such file yet.
 *
 * @throws {@link ClusterError} `ERR_FILE` when it cannot be read or is no JSON object of texts
 */
export function readTagsFile(path: string): Readonly<Record<string, string>> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ClusterError('ERR_FILE', `Failed to read tags file '${path}': ${fileProblem(cause)}`, { cause });
  }
  const json = parseFirstJson(text);
  if (!json.ok) throw undecodable(path, `line ${json.line}, column ${json.column}: ${json.problem}`);
  const { value, rest } = json;
  if (rest !== '') throw undecodable(path, 'there is text after the object');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw undecodable(path, `its value is ${showValue(value)}, and not an object`);
  }
  const wrong = Object.entries(value).find(([, tag]) => typeof tag !== 'string');
  if (wrong !== undefined) throw undecodable(path, `key ${wrong[0]} is ${showValue(wrong[1])}, and not a text`);
  return value as Record<string, string>;
}

/**
 * Keeps the tags for the next start, in the bytes Serf would write.
 *
 * @throws {@link ClusterError} `ERR_FILE` when it cannot be written
 */
export function writeTagsFile(path: string, tags: Readonly<Record<string, string>>): void {
  try {
    replaceFile(path, formatGoJson(tags));
  } catch (cause) {
    throw new ClusterError('ERR_FILE', `Failed to write tags file '${path}': ${fileProblem(cause)}`, { cause });
  }
}

function undecodable(path: string, problem: string): ClusterError {
  const remedy =
    'it must be a JSON object of texts, like {"role": "web"}; mend it, or move it away to start without tags';
  return new ClusterError('ERR_FILE', `Failed to decode tags file '${path}': ${problem}; ${remedy}`);
}
