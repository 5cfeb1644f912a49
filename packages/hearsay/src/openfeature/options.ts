import type { Hook } from '@openfeature/server-sdk';
import { checkNumbers, checkOptionNames, checkSwitches, insistOnConfig } from '../util/index.ts';

/** How a {@link HearsayProvider} behaves. */
export interface HearsayProviderOptions {
  /**
   * For how long this node may go without comparing its state with another member until its flags count as stale, in
   * milliseconds. Several periods of comparison (1 s each, unless configured), so that some loss does not matter.
   *
   * @defaultValue 15000
   */
  readonly staleAfterMs?: number;
  /**
   * How long initialization waits for the shared map of another member, in milliseconds.
   *
   * @defaultValue 5000
   */
  readonly waitMs?: number;
  /**
   * A JSON file with a flag document under each name, for the first start: when this node knows no flag yet, those of the
   * file are used until the shared map of another member has been received, and never after. It is read and checked at
   * each initialization, so that a mistake shows while it does no harm.
   *
   * @defaultValue none
   */
  readonly bootstrapFile?: string;
  /**
   * Whether there are other members to be expected. With `false` the provider is ready at once and never stale: for a node
   * that is alone on purpose, as in development.
   *
   * @defaultValue true
   */
  readonly expectsPeers?: boolean;
  /** Hooks that run in each evaluation, after those of the application. @defaultValue none */
  readonly hooks?: readonly Hook[];
}

const defaults = {
  staleAfterMs: 15_000,
  waitMs: 5_000,
  bootstrapFile: '',
  expectsPeers: true,
  hooks: [],
} satisfies Required<HearsayProviderOptions>;

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkProviderOptions(options: HearsayProviderOptions): Required<HearsayProviderOptions> {
  checkOptionNames(options, defaults, 'HearsayProvider');
  const checked: Required<HearsayProviderOptions> = { ...defaults, ...options };
  const bootstrapFile: unknown = checked.bootstrapFile;
  checkNumbers(checked, {
    staleAfterMs: { min: 1_000, max: 24 * 60 * 60_000 },
    waitMs: { min: 0, max: 10 * 60_000 },
  });
  checkSwitches(checked, ['expectsPeers']);
  insistOnConfig(typeof bootstrapFile === 'string', `bootstrapFile is ${String(bootstrapFile)}, it must be a path`);
  insistOnConfig(Array.isArray(checked.hooks), 'hooks must be a list');
  return checked;
}
