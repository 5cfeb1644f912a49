import type { SerfConfig } from './config.ts';
import type { ReplayedSnapshot } from './snapshot.ts';

/** Who a member of a Serf pool is, and how it takes part. */
export interface SerfOptions {
  /** The same as membership's. */
  readonly name: string;
  /** @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Given values replace the defaults. */
  readonly config?: Partial<SerfConfig>;
  /** What was in the snapshot file. With it and `SerfEnv.persist` the file is kept up to date. @defaultValue none */
  readonly snapshot?: ReplayedSnapshot;
  /** Membership's: how often a message is repeated grows with it. */
  readonly retransmitMult: number;
  /** Membership's: query timeouts are multiples of it. */
  readonly gossipIntervalMs: number;
  /** Longer messages do not ride on gossip and are left to push/pull. @defaultValue Infinity */
  readonly gossipMessageMaxBytes?: number;
}

/** Whom to ask, and how. */
export interface QueryParams {
  /** Only these members. @defaultValue all */
  readonly nodes?: readonly string[];
  /** Only members whose tag matches the expression (RE2 syntax, unanchored), for every tag given. @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** 0 is the default: grows with the pool. @defaultValue 0 */
  readonly timeoutMs?: number;
  /** @defaultValue false */
  readonly requestAck?: boolean;
  /** Through how many other members answers come as well, 0 to 255. @defaultValue 0 */
  readonly relayFactor?: number;
}

/** Key changes all over the pool, one at a time. Each ends with `keys-done`. Keys are bytes or base64. */
export interface SerfKeys {
  install(request: number, key: Uint8Array | string): void;
  use(request: number, key: Uint8Array | string): void;
  remove(request: number, key: Uint8Array | string): void;
  list(request: number): void;
}
