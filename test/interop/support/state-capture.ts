import { dissectionFailures, dissectPacket, dissectStream, type Dissection } from 'hearsay/wire';
import { isKvMessage, KvDecoder } from '../../../packages/hearsay/src/kv/codec/index.ts';
import { nodeAead } from '../../golden/node-aead.ts';
import type { PathTap } from './slow-path.ts';

/** What one agent was sent, as far as it is of gossiped state: opened with the pool's key, down to the single message. */
export class StateCapture implements PathTap {
  packetBytes: number = 0;
  packetCount: number = 0;
  streamCount: number = 0;
  /** User messages, of Serf and of the state layer. */
  userMessageCount: number = 0;
  /** What could not be read to its end, so that a message in it would have been missed. */
  readonly unread: string[] = [];
  /** Messages of the state layer that it was sent, by type. What it answered on streams counts as `answered`. */
  readonly stateMessages: Map<string, number> = new Map();
  readonly #options: { readonly keys: readonly Uint8Array[]; readonly aead: typeof nodeAead };
  readonly #decoder: KvDecoder = new KvDecoder();

  constructor(key: Uint8Array) {
    this.#options = { keys: [key], aead: nodeAead };
  }

  get stateMessageCount(): number {
    return [...this.stateMessages.values()].reduce((sum, count) => sum + count, 0);
  }

  onPacket(packet: Uint8Array): void {
    this.packetCount += 1;
    this.packetBytes += packet.length;
    this.#take('packet', packet, dissectPacket(packet, this.#options));
  }

  onStream(bytes: Uint8Array): void {
    // Somebody looked whether the port is open.
    if (bytes.length === 0) return;
    this.streamCount += 1;
    this.#take('stream', bytes, dissectStream(bytes, this.#options));
  }

  onAnswer(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#take('answer', bytes, dissectStream(bytes, this.#options));
  }

  #take(channel: 'packet' | 'stream' | 'answer', bytes: Uint8Array, dissection: Dissection): void {
    const failures = dissectionFailures(dissection);
    if (failures.length > 0) {
      const reasons = failures.map(({ layer, failure }) => `${layer} ${failure.reason}`).join();
      this.unread.push(`${channel} of ${bytes.length} bytes: ${reasons}`);
    }
    for (const payload of userPayloads(dissection)) {
      this.userMessageCount += 1;
      if (!isKvMessage(payload)) continue;
      const type = channel === 'answer' ? 'answered' : (this.#decoder.decode(payload)?.type ?? 'unreadable');
      this.stateMessages.set(type, (this.stateMessages.get(type) ?? 0) + 1);
    }
  }
}

function userPayloads(dissection: Dissection): readonly Uint8Array[] {
  if (dissection.layer === 'compound') return dissection.parts.flatMap(userPayloads);
  if (dissection.layer === 'message') {
    return dissection.name === 'user' && dissection.payload !== undefined ? [dissection.payload.bytes] : [];
  }
  const content = 'content' in dissection ? dissection.content : undefined;
  return content === undefined ? [] : userPayloads(content);
}
