import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Tells one build of the library from another: twelve hex digits over all of its code. Results of two builds are not to
 * be mixed, and a version number stands for many builds.
 */
export function libraryBuild(): string {
  const folder = dirname(dirname(createRequire(import.meta.url).resolve('hearsay/sim')));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  const hash = createHash('sha256');
  for (const name of names.map((name) => name.replaceAll('\\', '/')).toSorted()) {
    hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 12);
}
