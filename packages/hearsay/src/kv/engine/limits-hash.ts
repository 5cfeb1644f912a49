import { boundedSettings, type KvConfig } from '../config.ts';
import { hashText } from '../stream.ts';

/** Settings that should be alike in all members: what is allowed here, others must take. Their order is part of the hash. */
const names = [...boundedSettings, 'maxAheadMs'] as const satisfies readonly (keyof KvConfig)[];

/** A 32-bit hash of the limits, told in summaries. */
export function limitsHashOf(config: KvConfig): number {
  return hashText(names.map((name) => `${name}=${config[name]}`).join(), 0);
}
