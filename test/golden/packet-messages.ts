import type { MessageSink } from 'hearsay/wire';
import { MessageType } from 'hearsay/wire';
import { ByteWriter, type ByteReader } from '../../packages/hearsay/src/util/index.ts';
import { messageKinds } from './message-kinds.ts';
import { toHex } from './vectors.ts';

/** Go's struct name for each message type that packets carry, user messages apart. */
const kindsByType: Readonly<Record<number, string>> = {
  [MessageType.ping]: 'ping',
  [MessageType.indirectPing]: 'indirectPingReq',
  [MessageType.ack]: 'ackResp',
  [MessageType.suspect]: 'suspect',
  [MessageType.alive]: 'alive',
  [MessageType.dead]: 'dead',
  [MessageType.nack]: 'nackResp',
};

export interface ReceivedMessage {
  readonly kind: string;
  /** The decoded message; of a user message its payload in hex. */
  readonly value: object | string;
  /** Type byte and body as they came, and as we would write the message. */
  readonly hex: string;
  readonly encodedHex: string;
}

/** Decodes every message; those that fail are left out, and counted by the codec. */
export class DecodingSink implements MessageSink {
  readonly messages: ReceivedMessage[] = [];

  receiveMessage(type: number, reader: ByteReader): void {
    const body = toHex(reader.bytes.subarray(reader.position, reader.position + reader.remaining));
    const hex = toHex(Uint8Array.of(type)) + body;
    if (type === MessageType.user) {
      this.messages.push({ kind: 'user', value: body, hex, encodedHex: hex });
      return;
    }
    const kind = kindsByType[type]!;
    const value = messageKinds[kind]!.decode(reader);
    if (reader.failure !== undefined) return;
    const writer = new ByteWriter();
    messageKinds[kind]!.encode(writer, value as never);
    this.messages.push({ kind, value, hex, encodedHex: toHex(writer.view()) });
  }
}
