import { ByteReader, ByteWriter, formatAddress } from '../util/index.ts';
import { formatAddr } from '../wire/index.ts';
import { recordCodecs, requestBodyCodecs, requestHeader, responseBodyCodecs, responseHeader } from './rpc-codecs.ts';
import type {
  RpcCommand,
  RpcMember,
  RpcRecordBodies,
  RpcRequestBodies,
  RpcRequestHeader,
  RpcResponseBodies,
  RpcResponseHeader,
} from './rpc-messages.ts';
import type { SignedForm, ValueCodec } from './rpc-values.ts';

// Serf's RPC: msgpack maps one after the other, without length prefixes, the same in both directions (serf.md §14).
// `RpcParser` cuts the stream into values; here a value becomes a message and a message becomes bytes.

/** What decoding yields: the message, or why these bytes are none. */
export type RpcDecoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** How messages are written. */
export interface RpcEncodeOptions {
  /** @defaultValue `unsigned`, which every generation reads */
  readonly signedForm?: SignedForm;
}

/** Whether a text names a command of the protocol. */
export function isRpcCommand(command: string): command is RpcCommand {
  return Object.hasOwn(requestBodyCodecs, command);
}

/** Whether a body follows the header of that request. */
export function hasRequestBody(command: RpcCommand): boolean {
  return requestBodyCodecs[command] !== undefined;
}

/** Whether a body follows the header of the answer, also of one with an error (but for "Authentication required"). */
export function hasResponseBody(command: RpcCommand): boolean {
  return responseBodyCodecs[command] !== undefined;
}

/** A request: header, and body if the command has one. */
export function encodeRequest<Command extends RpcCommand>(
  command: Command,
  seq: number,
  body: RpcRequestBodies[Command],
  options?: RpcEncodeOptions,
): Uint8Array {
  return encode(requestHeader, { command, seq }, bodyCodec(requestBodyCodecs, command), body, options);
}

/** An answer: header, and body if the command has one. */
export function encodeResponse<Command extends RpcCommand>(
  command: Command,
  header: RpcResponseHeader,
  body: RpcResponseBodies[Command],
  options?: RpcEncodeOptions,
): Uint8Array {
  return encode(responseHeader, header, bodyCodec(responseBodyCodecs, command), body, options);
}

/** The header of an answer alone: for errors that are not about one command. */
export function encodeResponseHeader(header: RpcResponseHeader): Uint8Array {
  return encode(responseHeader, header, undefined, undefined, undefined);
}

/** One record of the stream, monitor or query that was opened with `seq`. */
export function encodeRecord<Kind extends keyof RpcRecordBodies>(
  kind: Kind,
  seq: number,
  record: RpcRecordBodies[Kind],
  options?: RpcEncodeOptions,
): Uint8Array {
  return encode(responseHeader, { error: '', seq }, recordCodecs[kind], record, options);
}

/** Decodes one value as the header of a request. What the client left out is as in `previous`, as in the reference. */
export function decodeRequestHeader(value: Uint8Array, previous?: RpcRequestHeader): RpcDecoded<RpcRequestHeader> {
  return decode(value, (reader) => requestHeader.readOver(reader, previous ?? requestHeader.empty()));
}

/** Decodes one value as the header of an answer or record. */
export function decodeResponseHeader(value: Uint8Array): RpcDecoded<RpcResponseHeader> {
  return decode(value, (reader) => responseHeader.read(reader));
}

/** Decodes one value as the body of that request; only for commands that have one. */
export function decodeRequestBody<Command extends RpcCommand>(
  command: Command,
  value: Uint8Array,
): RpcDecoded<RpcRequestBodies[Command]> {
  return decodeWith(bodyCodec(requestBodyCodecs, command), value);
}

/** Decodes one value as the body of the answer to that command; only for commands that have one. */
export function decodeResponseBody<Command extends RpcCommand>(
  command: Command,
  value: Uint8Array,
): RpcDecoded<RpcResponseBodies[Command]> {
  return decodeWith(bodyCodec(responseBodyCodecs, command), value);
}

/** Decodes one value as a record. */
export function decodeRecord<Kind extends keyof RpcRecordBodies>(
  kind: Kind,
  value: Uint8Array,
): RpcDecoded<RpcRecordBodies[Kind]> {
  return decodeWith(recordCodecs[kind] as ValueCodec<RpcRecordBodies[Kind]>, value);
}

/** `ip:port` of a member, as Serf's own command prints it. */
export function formatMemberAddress(member: Pick<RpcMember, 'addr' | 'port'>): string {
  const isAbsent = member.addr === null || member.addr.length === 0;
  return isAbsent ? `:${member.port}` : formatAddress({ host: formatAddr(member.addr), port: member.port });
}

function bodyCodec<Bodies, Command extends keyof Bodies>(
  codecs: { readonly [C in keyof Bodies]: ValueCodec<Bodies[C]> | undefined },
  command: Command,
): ValueCodec<Bodies[Command]> | undefined {
  return codecs[command];
}

function encode<Header, Body>(
  headerCodec: ValueCodec<Header>,
  header: Header,
  codec: ValueCodec<Body> | undefined,
  body: Body,
  options: RpcEncodeOptions | undefined,
): Uint8Array {
  const form = options?.signedForm ?? 'unsigned';
  const writer = new ByteWriter(256);
  headerCodec.write(writer, header, form);
  codec?.write(writer, body, form);
  return writer.copy();
}

function decodeWith<T>(codec: ValueCodec<T> | undefined, value: Uint8Array): RpcDecoded<T> {
  return codec === undefined ? { ok: false, reason: 'unknown-type' } : decode(value, (reader) => codec.read(reader));
}

function decode<T>(value: Uint8Array, read: (reader: ByteReader) => T): RpcDecoded<T> {
  const reader = new ByteReader(value);
  const result = read(reader);
  if (reader.failure !== undefined) return { ok: false, reason: reader.failure };
  return { ok: true, value: result };
}
