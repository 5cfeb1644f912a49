import { checkKinds, optionKinds, type Kind } from '../check-options.ts';
import type { KvDefinition } from './definitions.ts';
import type { KvWatchOptions } from './kv-watch.ts';
import type { KvPutOptions, KvSharedPutOptions } from './kv-write.ts';

const { any, flag, number, record, text } = optionKinds;

type Kinds<Options> = Readonly<Record<keyof Options, Kind>>;

const putKinds: Kinds<KvPutOptions> = { ttlMs: number, touch: flag, track: flag };
const sharedPutKinds: Kinds<KvSharedPutOptions> = { ...putKinds, mustQueue: flag };
const watchKinds: Kinds<KvWatchOptions> = {
  key: text,
  prefix: text,
  lane: text,
  owner: text,
  initial: text,
  signal: record,
};
const definitionKinds: Kinds<KvDefinition> = { schema: any, invalid: text, codec: any };

/** @throws {@link ClusterError} `ERR_CONFIG` that names the option; this and the others check what a compiler would */
export function checkPut(options: KvPutOptions): void {
  checkKinds('a write', putKinds, options);
}

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkSharedPut(options: KvSharedPutOptions): void {
  checkKinds('a write', sharedPutKinds, options);
}

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkWatch(options: KvWatchOptions): void {
  checkKinds('watch', watchKinds, options);
}

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkDefinition(options: KvDefinition): void {
  checkKinds('define', definitionKinds, options);
}
