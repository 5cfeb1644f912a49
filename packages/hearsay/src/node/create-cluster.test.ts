import { expect, test } from 'vitest';
import { createCluster } from './create-cluster.ts';
import type { CreateClusterOptions } from './options.ts';

test.each<CreateClusterOptions>([{ bind: 'slow.example:0' }, { bind: '127.0.0.1:0', advertise: 'slow.example' }])(
  'an aborted start does not wait for a resolver: %j',
  async (options) => {
    const controller = new AbortController();
    const lookup = (): Promise<never> => {
      controller.abort(new Error('changed my mind'));
      return new Promise(() => {});
    };
    const start = createCluster({ ...options, lookup, signal: controller.signal });
    await expect(start).rejects.toThrow('changed my mind');
  },
);

test('an option that is none opens no socket', async () => {
  const options = { bind: '127.0.0.1:0', seed: ['127.0.0.1'] };
  await expect(createCluster(options)).rejects.toThrow('seed is no option of createCluster');
});
