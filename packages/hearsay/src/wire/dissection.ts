import type { DissectedStruct, Span } from './dissect-message.ts';
import type { WireFailure } from './wire-failure.ts';

/** Why a layer would be refused by a node, and where in the layer's bytes. */
export interface DissectFailure {
  readonly reason: WireFailure;
  readonly offset: number;
}

/**
 * One layer with what is inside it. Offsets count in the bytes that the layer lies in: those given, or what came out
 * of the decryption or decompression around it.
 */
export type Dissection =
  LabelLayer | EncryptionLayer | ChecksumLayer | CompressionLayer | CompoundLayer | MessageLayer | UnreadableLayer;

interface Layer extends Span {
  readonly failure?: DissectFailure;
}

/** Cluster label in front of everything. `expected` is the label asked for, when there was one. */
export interface LabelLayer extends Layer {
  readonly layer: 'label';
  readonly label: string;
  readonly expected?: string;
  readonly content?: Dissection;
}

/** A sealed packet, or the sealed frame of a stream. Its content is counted from 0 again. */
export interface EncryptionLayer extends Layer {
  readonly layer: 'encryption';
  readonly version: number;
  readonly nonce: Uint8Array;
  /** Place in the keys given; undefined when none fits. */
  readonly keyIndex?: number;
  readonly plaintextBytes?: number;
  /** PKCS#7 padding of version 0. */
  readonly paddingBytes?: number;
  readonly content?: Dissection;
}

/** CRC-32 over all that follows. */
export interface ChecksumLayer extends Layer {
  readonly layer: 'checksum';
  readonly stated: number;
  readonly computed: number;
  readonly content?: Dissection;
}

/** LZW. Its content is counted from 0 again. */
export interface CompressionLayer extends Layer {
  readonly layer: 'compression';
  readonly algorithm: number;
  readonly compressedBytes: number;
  readonly decompressedBytes?: number;
  readonly content?: Dissection;
}

/** Several messages in one packet. */
export interface CompoundLayer extends Layer {
  readonly layer: 'compound';
  readonly announcedParts: number;
  readonly parts: readonly Dissection[];
}

/** A message, innermost. */
export interface MessageLayer extends Layer {
  readonly layer: 'message';
  readonly type: number;
  readonly name: string;
  /** The fields; of a push/pull and of a user message on a stream, those of its header. */
  readonly struct?: DissectedStruct;
  /** The node entries of a push/pull. */
  readonly entries?: readonly DissectedStruct[];
  /** What follows without msgpack: the user state of a push/pull, the payload of a user message. */
  readonly payload?: Span & { readonly bytes: Uint8Array };
  /** Bytes after the message, which receivers ignore. */
  readonly trailingBytes?: number;
}

/** Bytes that are no layer and no message. */
export interface UnreadableLayer extends Layer {
  readonly layer: 'unreadable';
  /** The first byte; undefined when there is none. */
  readonly type?: number;
  readonly failure: DissectFailure;
}

/** Every failure in `dissection`, the outermost first. */
export function dissectionFailures(
  dissection: Dissection,
): { readonly layer: string; readonly failure: DissectFailure }[] {
  const name = dissection.layer === 'message' ? dissection.name : dissection.layer;
  const own = dissection.failure === undefined ? [] : [{ layer: name, failure: dissection.failure }];
  const inner = dissection.layer === 'compound' ? dissection.parts : contentOf(dissection);
  return [...own, ...inner.flatMap(dissectionFailures)];
}

function contentOf(dissection: Exclude<Dissection, CompoundLayer>): readonly Dissection[] {
  return 'content' in dissection && dissection.content !== undefined ? [dissection.content] : [];
}
