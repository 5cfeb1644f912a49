import { swimLimits } from '../swim/index.ts';
import type { ByteReader, ByteWriter } from '../util/index.ts';
import {
  hasEntry,
  readKey,
  readListHeader,
  readMapHeader,
  readOwnBytes,
  readStructHeader,
  readTextUpTo,
  skipValue,
  tryReadText,
  writeBytes,
  writeLargeMapHeader,
  writeListHeader,
  writeMapHeader,
  writeText,
  writeUnsigned,
} from '../wire/index.ts';
import { serfLimits } from './limits.ts';
import { readLamportTime } from './message-codec.ts';
import { SerfMessageType, type LamportTime, type SerfPushPull, type UserEventSlot } from './messages.ts';

// The user state of a push/pull; see message-codec.ts.

/**
 * A push/pull as it came. A correct member passes on what others told it, so what lies beyond our limits must not
 * make us deaf to it: the entries concerned are passed over, the rest counts.
 */
export interface ReceivedPushPull extends SerfPushPull {
  /** Entries that were passed over: too long a name, or more of them than the limit. */
  passedOverCount: number;
}

/** Writes type byte and map. */
export function encodePushPull(writer: ByteWriter, state: SerfPushPull): void {
  writer.u8(SerfMessageType.pushPull);
  writeMapHeader(writer, 6);
  writeText(writer, 'EventLTime');
  writeUnsigned(writer, state.eventLtime);
  writeText(writer, 'Events');
  writeListHeader(writer, state.events.length);
  for (const slot of state.events) writeSlot(writer, slot);
  writeText(writer, 'LTime');
  writeUnsigned(writer, state.ltime);
  writeText(writer, 'LeftMembers');
  writeListHeader(writer, state.leftMembers.length);
  for (const name of state.leftMembers) writeText(writer, name);
  writeText(writer, 'QueryLTime');
  writeUnsigned(writer, state.queryLtime);
  writeText(writer, 'StatusLTimes');
  writeLargeMapHeader(writer, state.statusLtimes.size);
  for (const [name, ltime] of state.statusLtimes) {
    writeText(writer, name);
    writeUnsigned(writer, ltime);
  }
}

function writeSlot(writer: ByteWriter, slot: UserEventSlot): void {
  writeMapHeader(writer, 2);
  writeText(writer, 'Events');
  writeListHeader(writer, slot.events.length);
  for (const event of slot.events) {
    writeMapHeader(writer, 2);
    writeText(writer, 'Name');
    writeText(writer, event.name);
    writeText(writer, 'Payload');
    writeBytes(writer, event.payload);
  }
  writeText(writer, 'LTime');
  writeUnsigned(writer, slot.ltime);
}

const pushPullKeys = ['LTime', 'StatusLTimes', 'LeftMembers', 'EventLTime', 'Events', 'QueryLTime'];

/** `reader` stands after the type byte. */
export function decodePushPull(reader: ByteReader): ReceivedPushPull {
  const state = newPushPull();
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, pushPullKeys)) {
      case 'EventLTime':
        state.eventLtime = readLamportTime(reader);
        break;
      case 'Events':
        state.events = readSlots(reader, state);
        break;
      case 'LTime':
        state.ltime = readLamportTime(reader);
        break;
      case 'LeftMembers':
        state.leftMembers = readNames(reader, state);
        break;
      case 'QueryLTime':
        state.queryLtime = readLamportTime(reader);
        break;
      case 'StatusLTimes':
        state.statusLtimes = readStatusLtimes(reader, state);
        break;
      default:
        skipValue(reader);
    }
  }
  return state;
}

function newPushPull(): ReceivedPushPull {
  return {
    ltime: 0,
    eventLtime: 0,
    queryLtime: 0,
    statusLtimes: new Map(),
    leftMembers: [],
    events: [],
    passedOverCount: 0,
  };
}

function readNames(reader: ByteReader, state: ReceivedPushPull): string[] {
  const names: string[] = [];
  const count = readListHeader(reader);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    const name = tryReadText(reader, serfLimits.nameMaxBytes);
    if (name !== undefined && names.length < swimLimits.membersMax) names.push(name);
    else state.passedOverCount += 1;
  }
  return names;
}

function readStatusLtimes(reader: ByteReader, state: ReceivedPushPull): Map<string, LamportTime> {
  const ltimes = new Map<string, LamportTime>();
  const count = readMapHeader(reader);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    const name = tryReadText(reader, serfLimits.nameMaxBytes);
    const ltime = readLamportTime(reader);
    if (reader.failure !== undefined) break;
    if (name !== undefined && ltimes.size < swimLimits.membersMax) ltimes.set(name, ltime);
    else state.passedOverCount += 1;
  }
  return ltimes;
}

const NIL = 0xc0;
const slotKeys = ['LTime', 'Events'];

/** The reference sends its whole ring, in which most slots are nil. */
function readSlots(reader: ByteReader, state: ReceivedPushPull): UserEventSlot[] {
  const slots: UserEventSlot[] = [];
  const budget = { eventsLeft: serfLimits.pushPullEventsMax as number };
  const count = readListHeader(reader);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    if (reader.peek() === NIL) {
      reader.skip(1);
    } else if (slots.length < serfLimits.eventSlotsMax) {
      slots.push(readSlot(reader, state, budget));
    } else {
      skipValue(reader);
      state.passedOverCount += 1;
    }
  }
  return slots;
}

function readSlot(reader: ByteReader, state: ReceivedPushPull, budget: { eventsLeft: number }): UserEventSlot {
  const slot: UserEventSlot = { ltime: 0, events: [] };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, slotKeys)) {
      case 'Events':
        slot.events = readSlotEvents(reader, state, budget);
        break;
      case 'LTime':
        slot.ltime = readLamportTime(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return slot;
}

type SlotEvent = UserEventSlot['events'][number];

function readSlotEvents(reader: ByteReader, state: ReceivedPushPull, budget: { eventsLeft: number }): SlotEvent[] {
  const events: SlotEvent[] = [];
  const count = readListHeader(reader);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    if (budget.eventsLeft > 0 && events.length < serfLimits.eventsPerTimeMax) {
      events.push(readSlotEvent(reader));
      budget.eventsLeft -= 1;
    } else {
      skipValue(reader);
      state.passedOverCount += 1;
    }
  }
  return events;
}

const slotEventKeys = ['Name', 'Payload'];

function readSlotEvent(reader: ByteReader): SlotEvent {
  let name = '';
  let payload: Uint8Array | null = null;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, slotEventKeys)) {
      case 'Name':
        name = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      case 'Payload':
        payload = readOwnBytes(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return { name, payload };
}
