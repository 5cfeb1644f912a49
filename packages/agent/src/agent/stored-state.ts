import type { CreateClusterOptions } from 'hearsay';
import type { LeveledLogger } from './agent-log.ts';
import type { SerfAgentConfig } from './config.ts';
import { readKeyringFile, writeKeyringFile } from './keyring-file.ts';
import { readTagsFile } from './tags-file.ts';

/** Tags and keys at start: those of their files, where there are such, else those of the settings. */
export interface StoredState {
  readonly tags: Readonly<Record<string, string>>;
  readonly keyring: Pick<CreateClusterOptions, 'keys' | 'saveKeys'>;
}

/** @throws `ClusterError` `ERR_FILE` when a file cannot be read or trusted */
export function readStored(config: SerfAgentConfig, logger: LeveledLogger): StoredState {
  return { tags: readTags(config, logger), keyring: readKeys(config, logger) };
}

function readTags({ tags, tagsFile }: SerfAgentConfig, logger: LeveledLogger): StoredState['tags'] {
  const stored = tagsFile === '' ? undefined : readTagsFile(tagsFile);
  if (stored === undefined) return tags;
  logger.info({}, `Restored ${Object.keys(stored).length} tag(s) from ${tagsFile}`);
  return stored;
}

function readKeys({ encryptKey, keyringFile }: SerfAgentConfig, logger: LeveledLogger): StoredState['keyring'] {
  if (keyringFile === '') return encryptKey === '' ? {} : { keys: [encryptKey] };
  const { keys, warnings } = readKeyringFile(keyringFile);
  for (const warning of warnings) logger.warn({}, warning);
  logger.info({}, `Restored keyring with ${keys.length} keys from ${keyringFile}`);
  return { keys, saveKeys: (changed) => writeKeyringFile(keyringFile, changed) };
}
