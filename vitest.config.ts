import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./packages/hearsay/src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^hearsay$/, replacement: source('index.ts') },
      { find: /^hearsay\/core$/, replacement: source('cluster/index.ts') },
      { find: /^hearsay\/client$/, replacement: source('client/index.ts') },
      { find: /^hearsay\/flags$/, replacement: source('flags/index.ts') },
      { find: /^hearsay\/openfeature$/, replacement: source('openfeature/index.ts') },
      { find: /^hearsay\/otel$/, replacement: source('otel/index.ts') },
      { find: /^hearsay\/prometheus$/, replacement: source('prometheus/index.ts') },
      { find: /^hearsay\/sim$/, replacement: source('sim/index.ts') },
      { find: /^hearsay\/wire$/, replacement: source('wire/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
