import { fileURLToPath } from 'node:url';
import base from '../../vitest.config.ts';
import { layers } from './layers.mjs';

/** The layer is set by run.mjs. */
export default {
  ...base,
  test: {
    ...base.test,
    include: layers[process.env.MUTATION_LAYER],
    setupFiles: [fileURLToPath(new URL('setup.mjs', import.meta.url))],
  },
};
