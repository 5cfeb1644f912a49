import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';
import { pureLayers } from '../support/pure-layers.ts';

const sourceRoot = fileURLToPath(new URL('../../packages/hearsay/src', import.meta.url));
const huntsFile = fileURLToPath(new URL('hunts.ts', import.meta.url));

/** An edit of one source file. */
export interface Patch {
  /** Below `packages/hearsay/src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The pure layers as JavaScript in a temporary directory, where a process of its own can run them. */
export interface Build {
  readonly simUrl: string;
  readonly huntsUrl: string;
  remove(): void;
}

/** Turns the sources into JavaScript once; builds with a patch differ in one file. */
export class PatchedBuilds {
  readonly #compiled: Map<string, string> = new Map();

  async prepare(): Promise<void> {
    for (const layer of pureLayers) {
      for (const path of readdirSync(join(sourceRoot, layer), { recursive: true, encoding: 'utf8' })) {
        if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue;
        const file = join(layer, path);
        this.#compiled.set(file, await compile(readFileSync(join(sourceRoot, file), 'utf8'), file));
      }
    }
    this.#compiled.set('hunts.ts', await compile(readFileSync(huntsFile, 'utf8'), 'hunts.ts'));
  }

  /** @throws when the text to be replaced is not there exactly once: then the patch has to follow the source */
  async build(patch: Patch | undefined): Promise<Build> {
    const root = mkdtempSync(join(tmpdir(), 'hearsay-planted-'));
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    for (const [file, code] of this.#compiled) write(root, file, code);
    if (patch !== undefined) write(root, patch.file, await compile(applied(patch), patch.file));
    return {
      simUrl: `file://${root}/sim/index.js`,
      huntsUrl: `file://${root}/hunts.js`,
      remove: () => rmSync(root, { recursive: true }),
    };
  }
}

/** The source with the patch in it. */
export function applied(patch: Patch): string {
  const source = readFileSync(join(sourceRoot, patch.file), 'utf8');
  const parts = source.split(patch.find);
  if (parts.length !== 2) {
    throw new Error(`${patch.file} has ${parts.length - 1} places, not one, that say: ${patch.find}`);
  }
  return parts.join(patch.replace);
}

async function compile(source: string, file: string): Promise<string> {
  const { code } = await transformWithOxc(source, file, { lang: 'ts', sourcemap: false });
  return code.replaceAll(/(from\s*"\.[^"]+)\.ts"/g, '$1.js"');
}

function write(root: string, file: string, code: string): void {
  const path = join(root, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
