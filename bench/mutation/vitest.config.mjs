import { readFileSync } from 'node:fs';
import base from '../../vitest.config.ts';

// Written by run.mjs.
const { layer } = JSON.parse(readFileSync(new URL('layer.json', import.meta.url), 'utf8'));

/** Only the tests beside the mutated files: the simulator and real sockets would find more, and take a day. */
export default { ...base, test: { ...base.test, include: [`packages/hearsay/src/${layer}/**/*.test.ts`] } };
