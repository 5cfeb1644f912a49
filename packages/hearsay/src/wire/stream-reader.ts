import { assert, ByteReader, ByteWriter, copyBytes, unreachable } from '../util/index.ts';
import type { Aead, KeySource } from './aead.ts';
import { decompress } from './compression.ts';
import { KnownEntries } from './known-entries.ts';
import { readLabelHeader } from './label.ts';
import { wireLimits } from './limits.ts';
import { LzwDecoder } from './lzw.ts';
import { decodeAck, decodePing } from './message-codec.ts';
import { MessageType, type Ack, type NodeEntry, type Ping } from './messages.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { openSealed } from './seal.ts';
import {
  decodeErrorReply,
  decodeNodeEntry,
  decodePushPullHeader,
  decodeUserMessageHeader,
} from './stream-message-codec.ts';
import type { WireConfig } from './wire-config.ts';
import type { WireFailure } from './wire-failure.ts';

/** One for all nodes of a process, as the caches of strings. */
const knownEntries = new KnownEntries();

/** Our side of a stream: opened it, or answers. */
export type StreamSide = 'initiator' | 'responder';

/** The one message that a side of a stream carries. */
export type StreamMessage =
  | { readonly type: 'ping'; readonly ping: Ping }
  | { readonly type: 'ack'; readonly ack: Ack }
  | { readonly type: 'error'; readonly error: string }
  | { readonly type: 'user'; readonly payload: Uint8Array }
  | {
      readonly type: 'push-pull';
      readonly join: boolean;
      readonly entries: readonly Readonly<NodeEntry>[];
      /** Empty when there is none. */
      readonly userState: Uint8Array;
    };

/** What is to be read next. */
type Phase =
  | 'label'
  | 'type'
  | 'frame'
  | 'compressed'
  | 'ping'
  | 'ack'
  | 'error'
  | 'user-header'
  | 'user-payload'
  | 'push-pull-header'
  | 'node-entry'
  | 'user-state';

/** The msgpack maps of these phases end where the scanner finds their end. */
type MapPhase = 'compressed' | 'ping' | 'ack' | 'error' | 'user-header' | 'push-pull-header' | 'node-entry';

/** Before the first byte; inside an encrypted frame; inside a compression, where no further layer may come. */
type Layer = 'outside' | 'frame' | 'compression';

/**
 * Reads the one message of a stream, however its bytes are cut into chunks. Each byte is looked at once (up to three times
 * when it is part of a map), nothing is allocated by what lengths announce, and after {@link result} or {@link failure} is set
 * further bytes are ignored.
 */
export class StreamReader {
  readonly #config: WireConfig;
  readonly #label: Uint8Array;
  readonly #keys: KeySource | undefined;
  readonly #aead: Aead | undefined;
  readonly #side: StreamSide;
  readonly #received: ByteWriter = new ByteWriter(0);
  readonly #reader: ByteReader = new ByteReader();
  readonly #scanner: MsgpackScanner = new MsgpackScanner();
  #phase: Phase;
  #layer: Layer = 'outside';
  /** What is being read: what was received, or what came out of a layer and is then all there is. */
  #bytes: Uint8Array = new Uint8Array(0);
  #position: number = 0;
  #end: number = 0;
  /** How far the map at `#position` has been scanned; -1 before it is begun. */
  #scannedTo: number = -1;
  #join: boolean = false;
  #entriesLeft: number = 0;
  #entries: Readonly<NodeEntry>[] = [];
  /** Length of the user state or user message. */
  #payloadLength: number = 0;
  #isDispatched: boolean = false;
  #result: StreamMessage | undefined;
  #failure: WireFailure | undefined;

  /** Made by {@link StreamCodec.newReader}. */
  constructor(
    config: WireConfig,
    label: Uint8Array,
    keys: KeySource | undefined,
    aead: Aead | undefined,
    side: StreamSide,
  ) {
    this.#config = config;
    this.#label = label;
    this.#keys = keys;
    this.#aead = aead;
    this.#side = side;
    this.#phase = side === 'responder' ? 'label' : 'type';
  }

  /** The message, as soon as it is complete. */
  get result(): StreamMessage | undefined {
    return this.#result;
  }

  /** Why there will be no message. The stream is to be closed, after {@link wantsErrorReply} if there is one. */
  get failure(): WireFailure | undefined {
    return this.#failure;
  }

  /**
   * The text to send back in an error message before closing: for what fails before the message's type is known, but
   * for label errors and an early end. Short and generic: the peer may be anyone.
   */
  get wantsErrorReply(): string | undefined {
    const failure = this.#failure;
    if (failure === undefined || this.#side === 'initiator' || this.#isDispatched) return undefined;
    return failure === 'truncated' || this.#phase === 'label' ? undefined : `stream refused: ${failure}`;
  }

  /** The bytes that the stream began with, as far as they are here. Valid only until more are received. */
  get firstBytes(): Uint8Array {
    return this.#received.view();
  }

  /** Bytes held for this stream, for a bound on all streams together. */
  get heldBytes(): number {
    return this.#received.length;
  }

  /** Takes the next bytes; the reader copies what it needs. */
  receive(chunk: Uint8Array): void {
    if (this.#isDone()) return;
    if (this.#received.length + chunk.length > wireLimits.streamMaxBytes) return this.#fail('too-large');
    this.#received.write(chunk);
    this.#bytes = this.#received.bytes;
    this.#end = this.#received.length;
    while (!this.#isDone()) {
      if (this.#step()) continue;
      if (this.#layer !== 'outside') this.#fail('truncated');
      return;
    }
  }

  /** The peer sends no more: what is not complete by now is truncated. */
  receiveEnd(): void {
    if (!this.#isDone()) this.#fail('truncated');
  }

  #isDone(): boolean {
    return this.#result !== undefined || this.#failure !== undefined;
  }

  /** False when more bytes are needed. */
  #step(): boolean {
    switch (this.#phase) {
      case 'label':
        return this.#takeLabel();
      case 'type':
        return this.#takeType();
      case 'frame':
        return this.#takeFrame();
      case 'user-payload':
      case 'user-state':
        return this.#takePayload();
      case 'compressed':
      case 'ping':
      case 'ack':
      case 'error':
      case 'user-header':
      case 'push-pull-header':
      case 'node-entry':
        return this.#takeMap(this.#phase);
      default:
        return unreachable(this.#phase);
    }
  }

  #takeLabel(): boolean {
    const available = this.#end - this.#position;
    if (available === 0) return false;
    if (this.#bytes[this.#position] === MessageType.label) {
      if (available < 2 || available < 2 + this.#bytes[this.#position + 1]!) return false;
    }
    this.#reader.reset(this.#bytes, this.#position, this.#end);
    readLabelHeader(this.#reader, this.#label, this.#config.skipInboundLabelCheck);
    if (this.#failWithReader()) return true;
    this.#position = this.#reader.position;
    this.#phase = 'type';
    return true;
  }

  #takeType(): boolean {
    if (this.#position === this.#end) {
      if (this.#layer !== 'outside') this.#fail('empty');
      return false;
    }
    const type = this.#bytes[this.#position]!;
    const mayBeSealed = this.#layer === 'outside';
    if (type === MessageType.encrypt && mayBeSealed) {
      if (this.#hasKeys()) this.#phase = 'frame';
      else this.#fail('encryption-unexpected');
      return true;
    }
    if (mayBeSealed && this.#config.verifyIncoming && this.#hasKeys()) {
      this.#fail('encryption-required');
      return true;
    }
    this.#position += 1;
    if (type === MessageType.compress && this.#layer !== 'compression') {
      this.#phase = 'compressed';
    } else {
      this.#isDispatched = true;
      const phase = phaseOf(type, this.#side);
      if (phase === undefined) this.#fail('unknown-type');
      else this.#phase = phase;
    }
    return true;
  }

  /** Type byte, four bytes of length, and what they and the label authenticate. */
  #takeFrame(): boolean {
    const headerBytes = 5;
    if (this.#end - this.#position < headerBytes) return false;
    this.#reader.reset(this.#bytes, this.#position + 1, this.#end);
    const length = this.#reader.u32();
    if (length > wireLimits.streamFrameMaxBytes) {
      this.#fail('too-large');
      return true;
    }
    if (this.#reader.remaining < length) return false;
    const additionalData = new ByteWriter(headerBytes + this.#label.length);
    additionalData.write(this.#bytes.subarray(this.#position, this.#position + headerBytes));
    additionalData.write(this.#label);
    const sealed = this.#reader.view(length);
    const opened = openSealed(this.#aead!, this.#keys!.keys, sealed, additionalData.view());
    if (typeof opened === 'string') this.#fail(opened);
    else this.#enter(opened, 'frame');
    return true;
  }

  /** Goes on in what came out of a layer. */
  #enter(content: Uint8Array, layer: Layer): void {
    this.#bytes = content;
    this.#position = 0;
    this.#end = content.length;
    this.#layer = layer;
    this.#phase = 'type';
  }

  #takeMap(phase: MapPhase): boolean {
    if (phase === 'node-entry' && this.#entriesLeft === 0) {
      this.#phase = 'user-state';
      return true;
    }
    if (this.#scannedTo < 0) {
      if (phase === 'node-entry' && this.#takeWholeEntry()) return true;
      const maxBytes = phase === 'compressed' ? wireLimits.streamMaxBytes : wireLimits.streamMapMaxBytes;
      this.#scanner.begin(wireLimits.skippedMaxDepth + 1, maxBytes, 'too-large');
      this.#scannedTo = this.#position;
    }
    const mapEnd = this.#scanner.scan(this.#bytes, this.#scannedTo, this.#end);
    if (this.#scanner.failure !== undefined) {
      this.#fail(this.#scanner.failure);
      return true;
    }
    if (mapEnd < 0) {
      this.#scannedTo = this.#end;
      return false;
    }
    this.#reader.reset(this.#bytes, this.#position, mapEnd);
    if (phase === 'node-entry' && this.#failTooShort(mapEnd)) return true;
    this.#position = mapEnd;
    this.#scannedTo = -1;
    this.#decodeMap(phase);
    return true;
  }

  /**
   * Nearly all entries are here whole and correct, and read at once they need no scan. False: more bytes have to come, or
   * it is the scan that tells what is wrong.
   */
  #takeWholeEntry(): boolean {
    const reader = this.#reader;
    reader.reset(this.#bytes, this.#position, Math.min(this.#end, this.#position + wireLimits.streamMapMaxBytes));
    const entry = knownEntries.read(reader);
    if (reader.failure !== undefined) return false;
    if (this.#failTooShort(reader.position)) return true;
    this.#position = reader.position;
    this.#addEntry(entry);
    return true;
  }

  /**
   * Refuses an entry in which nothing can stand. It costs a hundred times its bytes, and where they are compressed a million
   * of them come in two kilobytes.
   */
  #failTooShort(entryEnd: number): boolean {
    if (entryEnd - this.#position >= wireLimits.nodeEntryMinBytes) return false;
    this.#fail('node-count');
    return true;
  }

  #addEntry(entry: Readonly<NodeEntry>): void {
    this.#entries.push(entry);
    this.#entriesLeft -= 1;
  }

  #decodeMap(phase: MapPhase): void {
    const reader = this.#reader;
    switch (phase) {
      case 'compressed':
        return this.#decompress();
      case 'ping': {
        const ping = decodePing(reader);
        return this.#finish({ type: 'ping', ping });
      }
      case 'ack': {
        const ack = decodeAck(reader);
        return this.#finish({ type: 'ack', ack });
      }
      case 'error': {
        const { error } = decodeErrorReply(reader);
        return this.#finish({ type: 'error', error });
      }
      case 'user-header': {
        const { userMsgLen } = decodeUserMessageHeader(reader);
        this.#payloadLength = userMsgLen;
        if (this.#failWithReader()) return;
        if (userMsgLen < 0) return this.#fail('negative');
        if (userMsgLen > wireLimits.streamUserMessageMaxBytes) return this.#fail('too-large');
        this.#phase = 'user-payload';
        return;
      }
      case 'push-pull-header': {
        const { join, nodes, userStateLen } = decodePushPullHeader(reader);
        this.#join = join;
        this.#entriesLeft = nodes;
        this.#payloadLength = userStateLen;
        if (this.#failWithReader()) return;
        if (nodes < 0 || nodes > this.#nodesMax()) return this.#fail('node-count');
        if (userStateLen < 0) return this.#fail('negative');
        if (userStateLen > wireLimits.userStateMaxBytes) return this.#fail('too-large');
        this.#phase = 'node-entry';
        return;
      }
      case 'node-entry': {
        this.#addEntry(decodeNodeEntry(reader));
        this.#failWithReader();
      }
    }
  }

  /** What came out of a layer is all there is; outside of one more bytes may come. */
  #nodesMax(): number {
    if (this.#layer === 'outside') return wireLimits.pushPullNodesMax;
    const fitting = Math.floor((this.#end - this.#position) / wireLimits.nodeEntryMinBytes);
    return Math.min(fitting, wireLimits.pushPullNodesMax);
  }

  #decompress(): void {
    const content = decompress(this.#reader, new LzwDecoder(), wireLimits.streamDecompressedMaxBytes);
    if (typeof content === 'string') this.#fail(content);
    else this.#enter(content, 'compression');
  }

  #takePayload(): boolean {
    if (this.#end - this.#position < this.#payloadLength) return false;
    const payload = copyBytes(this.#bytes, this.#position, this.#position + this.#payloadLength);
    this.#finish(
      this.#phase === 'user-payload'
        ? { type: 'user', payload }
        : { type: 'push-pull', join: this.#join, entries: this.#entries, userState: payload },
    );
    return true;
  }

  #finish(message: StreamMessage): void {
    if (!this.#failWithReader()) this.#result = message;
  }

  #failWithReader(): boolean {
    if (this.#reader.failure !== undefined) this.#fail(this.#reader.failure as WireFailure);
    return this.#failure !== undefined;
  }

  #fail(reason: WireFailure): void {
    this.#failure ??= reason;
    this.#entries = [];
  }

  #hasKeys(): boolean {
    if (this.#keys === undefined || this.#keys.keys.length === 0) return false;
    assert(this.#aead !== undefined, 'where there are keys there is an AEAD');
    return true;
  }
}

/** Which message of type `type` may come to `side`: requests to the one, replies to the other. */
function phaseOf(type: number, side: StreamSide): Phase | undefined {
  if (type === MessageType.pushPull) return 'push-pull-header';
  if (side === 'responder') {
    if (type === MessageType.ping) return 'ping';
    return type === MessageType.user ? 'user-header' : undefined;
  }
  if (type === MessageType.ack) return 'ack';
  return type === MessageType.error ? 'error' : undefined;
}
