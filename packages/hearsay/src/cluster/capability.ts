import { decodeTags } from '../serf/index.ts';
import { toView, type Member, type MemberView } from '../swim/index.ts';
import { ClusterError } from '../util/index.ts';

/** The tag by which a member of a Serf pool says that it takes part in gossiped state, and its value. */
export const kvTag = 'gs';
const kvTagValue = '1';

/** What the metadata of such a member of a plain pool begins with, as every state message does: a mark, and version 1. */
const kvHead: Uint8Array = Uint8Array.of(0xe7, 0x47, 0x53, 0x01);

/** How much of a plain pool's metadata {@link withKvHead} takes. */
export const kvHeadBytes: number = kvHead.length;

type Tags = Readonly<Record<string, string>>;

/** The tags that the others see. */
export function withKvTag(tags: Tags): Tags {
  return { ...tags, [kvTag]: kvTagValue };
}

/** The tags that the user gave. */
export function withoutKvTag(tags: Tags): Tags {
  if (!Object.hasOwn(tags, kvTag)) return tags;
  return Object.fromEntries(Object.entries(tags).filter(([name]) => name !== kvTag));
}

/**
 * A member that has the tag is sent state, so a user cannot give it away.
 *
 * @throws `ClusterError` `ERR_CONFIG`
 */
export function refuseKvTag(tags: Tags): void {
  if (!Object.hasOwn(tags, kvTag)) return;
  throw new ClusterError('ERR_CONFIG', `the tag '${kvTag}' is reserved: it says whether a member takes part in state`);
}

/** The metadata that the others see. */
export function withKvHead(meta: Uint8Array): Uint8Array {
  const whole = new Uint8Array(kvHead.length + meta.length);
  whole.set(kvHead);
  whole.set(meta, kvHead.length);
  return whole;
}

/** As users see the member: its metadata without the mark. */
export function toMarklessView(member: Member): MemberView {
  const view = toView(member);
  return hasKvHead(view.meta) ? { ...view, meta: withoutKvHead(view.meta) } : view;
}

/** What the user gave of the metadata of a member of a plain pool. */
export function withoutKvHead(meta: Uint8Array): Uint8Array {
  return hasKvHead(meta) ? meta.subarray(kvHead.length) : meta;
}

/**
 * Which members take part in gossiped state. Asked several times a second of every member, so the answer is kept by the
 * bytes of the metadata, which are never written to.
 */
export class Capabilities {
  readonly #isSerf: boolean;
  readonly #known: WeakMap<Uint8Array, boolean> = new WeakMap();

  constructor(isSerf: boolean) {
    this.#isSerf = isSerf;
  }

  has({ meta }: Member): boolean {
    if (meta === null) return false;
    if (!this.#isSerf) return hasKvHead(meta);
    let isCapable = this.#known.get(meta);
    if (isCapable === undefined) {
      isCapable = decodeTags(meta)[kvTag] === kvTagValue;
      this.#known.set(meta, isCapable);
    }
    return isCapable;
  }
}

function hasKvHead(bytes: Uint8Array): boolean {
  // Asked for every member that is shown: a loop, because `every` costs several times as much.
  for (let index = 0; index < kvHead.length; index += 1) if (bytes[index] !== kvHead[index]) return false;
  return true;
}
