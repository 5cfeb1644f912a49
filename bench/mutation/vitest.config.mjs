import base from '../../vitest.config.ts';
import { layers, slowTests } from './layers.mjs';

/** Set by run.mjs. */
const layer = process.env.MUTATION_LAYER;

export default {
  ...base,
  test: {
    ...base.test,
    include: layers[layer],
    testNamePattern: new RegExp(`^(?!.*(${slowTests.source}))`),
    setupFiles: [new URL('setup.mjs', import.meta.url).pathname],
  },
};
