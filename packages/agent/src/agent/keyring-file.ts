import { readFileSync, statSync } from 'node:fs';
import { ClusterError } from 'hearsay';
import { replaceFile } from './atomic-file.ts';
import { decodeKey } from './encryption-key.ts';
import { fileProblem } from './file-problem.ts';
import { formatGoJson, parseFirstJson } from './json-text.ts';

/** The keys of a keyring file, and what its owner should know. */
export interface KeyringFile {
  /** The first one encrypts. At least one; each is of 16, 24 or 32 bytes. */
  readonly keys: readonly Uint8Array[];
  /** That others can read the file, for instance. */
  readonly warnings: readonly string[];
}

/**
 * Reads a JSON list of base64 keys. Nothing of it is trusted before all of it is right; no message repeats a key.
 *
 * @throws {@link ClusterError} `ERR_FILE` with file, entry and remedy, after Serf's words where it has some
 */
export function readKeyringFile(path: string): KeyringFile {
  let text: string;
  let mode: number;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ClusterError('ERR_FILE', `Failed to read keyring file '${path}': ${fileProblem(cause)}`, { cause });
  }
  const keys = decodeKeyring(text, path);
  const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0;
  const warnings = isOpen ? [`Keyring file '${path}' can be read by other users; chmod 600 it`] : [];
  return { keys, warnings };
}

/**
 * Keeps the keys for the next start, in the bytes Serf would write; the first one encrypts.
 *
 * @throws {@link ClusterError} `ERR_FILE` when it cannot be written; then the file is as it was
 */
export function writeKeyringFile(path: string, keys: readonly Uint8Array[]): void {
  const text = formatGoJson(keys.map((key) => Buffer.from(key).toString('base64')));
  decodeKeyring(text, path); // never leave a file behind that the next start would refuse
  try {
    replaceFile(path, text);
  } catch (cause) {
    throw new ClusterError('ERR_FILE', `Failed to write keyring file '${path}': ${fileProblem(cause)}`, { cause });
  }
}

function decodeKeyring(text: string, path: string): readonly Uint8Array[] {
  const json = parseFirstJson(text);
  if (!json.ok) throw undecodable(path, `line ${json.line}, column ${json.column}: ${json.problem}`);
  if (json.rest !== '') throw undecodable(path, 'there is text after the list');
  if (!Array.isArray(json.value)) throw undecodable(path, 'it is not a list');
  if (json.value.length === 0) {
    throw new ClusterError(
      'ERR_FILE',
      `Keyring file contains no keys ('${path}'; put one in, like ["KEY"] with a KEY of \`hearsay keygen\`)`,
    );
  }
  const keys = json.value.map((entry: unknown, index) => {
    if (typeof entry !== 'string') throw undecodable(path, `entry [${index}] is not a text`);
    const decoded = decodeKey(entry);
    if (decoded.ok) return decoded.key;
    throw new ClusterError(
      'ERR_FILE',
      `Failed to decode key from keyring: ${decoded.problem} ('${path}', entry [${index}]; make keys with \`hearsay keygen\`)`,
    );
  });
  const texts = keys.map((key) => Buffer.from(key).toString('base64'));
  return keys.filter((_, index) => texts.indexOf(texts[index]!) === index); // a key that stands twice counts once
}

function undecodable(path: string, problem: string): ClusterError {
  const remedy = 'it must be a JSON list of keys in base64, like ["KEY"] with a KEY of `hearsay keygen`';
  return new ClusterError('ERR_FILE', `Failed to decode keyring file '${path}': ${problem}; ${remedy}`);
}
