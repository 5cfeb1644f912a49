import type { EvaluationContext, Hook } from '@openfeature/server-sdk';
import type { Cluster } from '../node/index.ts';

/**
 * Adds to each context which member evaluates, as the attribute `node`, so that a rule can serve some members first. What
 * the application gives under that name stays.
 */
export function nodeHook(cluster: Pick<Cluster, 'name'>): Hook {
  return {
    before: ({ context }): EvaluationContext => ('node' in context ? {} : { node: cluster.name }),
  };
}
