import { readFileSync } from 'node:fs';
import { ClusterError } from '../util/index.ts';
import { checkFlag, describeProblems, type Flag } from '../flags/index.ts';

/**
 * Reads a file of flags: a JSON object with a flag document under each name.
 *
 * @throws {@link ClusterError} `ERR_FILE` when it cannot be read, is no such object, or one of the documents is no flag
 */
export function readBootstrapFile(path: string): ReadonlyMap<string, Flag> {
  const documents = parseFile(path);
  if (typeof documents !== 'object' || documents === null || Array.isArray(documents)) {
    throw new ClusterError('ERR_FILE', `bootstrap file ${path} must hold an object with a flag under each name`);
  }
  const flags = new Map<string, Flag>();
  for (const [name, document] of Object.entries(documents)) {
    const check = checkFlag(document);
    if ('problems' in check) {
      throw new ClusterError('ERR_FILE', `bootstrap file ${path}: flag "${name}": ${describeProblems(check.problems)}`);
    }
    flags.set(name, check.flag);
  }
  return flags;
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ClusterError('ERR_FILE', `bootstrap file ${path} cannot be read: ${reason}`, { cause: error });
  }
}
