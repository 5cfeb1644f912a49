import type { BroadcastQueue } from '../swim/index.ts';
import { ByteReader, copyBytes, type Trace } from '../util/index.ts';
import type { Broadcasts } from './broadcasts.ts';
import {
  decodeJoinIntent,
  decodeLeaveIntent,
  decodeQuery,
  decodeQueryResponse,
  decodeUserEvent,
} from './message-codec.ts';
import { SerfMessageType, type UserEventMessage } from './messages.ts';
import type { QueryAnswerer } from './query-answerer.ts';
import type { QueryAsker } from './query-asker.ts';
import type { RelayReceiver } from './relay.ts';
import type { SerfCounters } from './stats.ts';
import type { StatusMachine } from './status-machine.ts';
import type { SerfTraceEvent } from './trace-events.ts';
import type { UserEvents } from './user-events.ts';

/** What an {@link Inbox} is made of. */
export interface InboxParts {
  readonly statuses: StatusMachine;
  readonly userEvents: UserEvents;
  readonly answerer: QueryAnswerer;
  readonly asker: QueryAsker;
  readonly relays: RelayReceiver;
  readonly broadcasts: Broadcasts;
  /** Puts an event onto the queue, byte by byte as it came. */
  readonly spreadEvent: (message: Uint8Array, event: UserEventMessage) => void;
  readonly counters: SerfCounters;
  readonly trace?: Trace<SerfTraceEvent> | undefined;
}

/** Leads each message to whom it concerns, and passes on what is news, byte by byte as it came (Serf `NotifyMsg`). */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #reader: ByteReader = new ByteReader();

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** `message` is valid only during the call. */
  receive(message: Uint8Array): void {
    const { statuses, userEvents, answerer, asker, relays, broadcasts, spreadEvent, counters, trace } = this.#parts;
    if (message.length > 0) trace?.({ type: 'message-received', lengthBytes: message.length });
    switch (message[0]) {
      case SerfMessageType.leave:
        return this.#read(message, decodeLeaveIntent, (leave) => {
          if (statuses.receiveLeaveIntent(leave)) this.#pass(broadcasts.intents, message);
        });
      case SerfMessageType.join:
        return this.#read(message, decodeJoinIntent, (join) => {
          if (statuses.receiveJoinIntent(join)) this.#pass(broadcasts.intents, message);
        });
      case SerfMessageType.userEvent:
        return this.#read(message, decodeUserEvent, (event) => {
          if (!userEvents.receive(event)) return;
          counters.messagesForwarded += 1;
          spreadEvent(copyBytes(message), event);
        });
      case SerfMessageType.query:
        return this.#read(message, decodeQuery, (query) => {
          if (answerer.receive(query)) this.#pass(broadcasts.queries, message);
        });
      case SerfMessageType.queryResponse:
        return this.#read(message, decodeQueryResponse, (response) => asker.receiveResponse(response));
      case SerfMessageType.relay:
        return relays.receive(message);
      case undefined:
        return;
      default:
        counters.messagesUnknown += 1;
    }
  }

  #read<Message>(bytes: Uint8Array, decode: (reader: ByteReader) => Message, act: (message: Message) => void): void {
    this.#reader.reset(bytes, 1);
    const message = decode(this.#reader);
    if (this.#reader.failure === undefined) act(message);
    else this.#parts.counters.messagesUnreadable += 1;
  }

  #pass(queue: BroadcastQueue, message: Uint8Array): void {
    this.#parts.counters.messagesForwarded += 1;
    this.#parts.broadcasts.queue(queue, copyBytes(message));
  }
}
