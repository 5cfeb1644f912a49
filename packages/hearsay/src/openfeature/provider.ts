import {
  ErrorCode,
  OpenFeatureEventEmitter,
  StandardResolutionReasons,
  type EvaluationContext,
  type Hook,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import { flagPrefix, flagSchema, type FlagType } from '../flags/index.ts';
import type { Cluster } from '../node/index.ts';
import { nodeHook } from './node-hook.ts';
import { checkProviderOptions, type HearsayProviderOptions } from './options.ts';
import { ProviderLife } from './provider-life.ts';
import { resolveFlag } from './resolve.ts';

/**
 * Feature flags of a cluster for the OpenFeature SDK: the shared keys `flags/NAME`, as this node has them. Nothing is asked
 * over the network: each evaluation reads this process's memory, and what any member writes is here within seconds.
 *
 * It can be closed and initialized again. It neither starts nor closes the cluster.
 *
 * @example
 * ```ts
 * await OpenFeature.setProviderAndWait(new HearsayProvider(cluster));
 * ```
 */
export class HearsayProvider implements Provider {
  readonly metadata = { name: 'hearsay' } as const;
  readonly runsOn = 'server';
  readonly events: OpenFeatureEventEmitter = new OpenFeatureEventEmitter();
  readonly hooks: Hook[];
  readonly #cluster: Cluster;
  readonly #options: Required<HearsayProviderOptions>;
  #life: ProviderLife | undefined;

  /**
   * Defines the keys `flags/*`, so that from now on this node writes no flag that cannot be read.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` for a wrong option, or when `flags/*` is defined with another schema
   */
  constructor(cluster: Cluster, options: HearsayProviderOptions = {}) {
    this.#options = checkProviderOptions(options);
    this.#cluster = cluster;
    cluster.kv.define(`${flagPrefix}*`, { schema: flagSchema });
    this.hooks = [nodeHook(cluster), ...this.#options.hooks];
  }

  /**
   * Resolves when the shared map of another member has been received; without one within `waitMs`, also when there are
   * flags from the disk or the bootstrap file, and then `PROVIDER_STALE` follows.
   */
  async initialize(): Promise<void> {
    await this.onClose();
    const life = new ProviderLife(this.#cluster, this.#options, this.events);
    this.#life = life;
    await life.begin();
  }

  /** Ends timers and watches. */
  async onClose(): Promise<void> {
    this.#life?.end();
    this.#life = undefined;
  }

  resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#resolve('boolean', flagKey, defaultValue, context);
  }

  resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#resolve('string', flagKey, defaultValue, context);
  }

  resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#resolve('number', flagKey, defaultValue, context);
  }

  /** The value is frozen: all who ask share it. */
  resolveObjectEvaluation<Value extends JsonValue>(
    flagKey: string,
    defaultValue: Value,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<Value>> {
    return this.#resolve('object', flagKey, defaultValue, context);
  }

  /** Evaluates at once; only the interface wants a promise. */
  async #resolve<Value>(
    type: FlagType,
    name: string,
    defaultValue: Value,
    context: EvaluationContext = {},
  ): Promise<ResolutionDetails<Value>> {
    const life = this.#life;
    if (life === undefined) {
      const errorMessage = 'the provider is not initialized, or closed';
      return {
        value: defaultValue,
        reason: StandardResolutionReasons.ERROR,
        errorCode: ErrorCode.PROVIDER_NOT_READY,
        errorMessage,
      };
    }
    return resolveFlag({ name, type, defaultValue, context }, life.flag(name));
  }
}
