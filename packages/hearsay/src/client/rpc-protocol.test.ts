import { expect, test } from 'vitest';
import { fromHex, meaningOf, readRpcSessions, toHex, type RpcMessage } from '../../../../test/support/rpc-corpus.ts';
import { ByteWriter } from '../util/index.ts';
import { recordCodecs, requestBodyCodecs, requestHeader, responseBodyCodecs, responseHeader } from './rpc-codecs.ts';
import {
  decodeRecord,
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponseBody,
  decodeResponseHeader,
  hasRequestBody,
  hasResponseBody,
  isRpcCommand,
  type RpcDecoded,
} from './rpc-protocol.ts';
import type { RpcCommand, RpcRecordBodies } from './rpc-messages.ts';
import type { SignedForm, ValueCodec } from './rpc-values.ts';

/** A recorded value with what it must be, by its place in the session. */
interface Expected {
  readonly where: string;
  readonly hex: string;
  /** The recorded meaning with our names for the keys. */
  readonly value: unknown;
  /** Written by a stock peer, so that we must write the same bytes. */
  readonly isStock: boolean;
  readonly signedForm: SignedForm;
  readonly codec: ValueCodec<unknown>;
  readonly decoded: RpcDecoded<unknown>;
}

const sessions = readRpcSessions();
const expected = sessions.flatMap((session) => {
  const signedForm = session.generation === 'old' ? 'unsigned' : 'signed';
  return placesOf(session.messages).map(({ message, codec, decode }): Expected => ({
    where: `${session.name}: ${message.hex}`,
    hex: message.hex!,
    value: meaningOf(message.value),
    isStock: message.dir === 's2c' || !session.isRaw,
    signedForm,
    codec,
    decoded: decode(fromHex(message.hex!)),
  }));
});

test('every message of the corpus has its place in the protocol', () => {
  expect(sessions).toHaveLength(2 * (92 + 22));
  const recorded = sessions.flatMap(({ messages }) => messages.filter(({ hex }) => hex !== undefined));
  expect(expected).toHaveLength(recorded.length);
});

test('every recorded message decodes to its recorded meaning', () => {
  for (const { where, value, isStock, decoded } of expected) {
    if (!decoded.ok) throw new Error(`${where}: ${decoded.reason}`);
    if (isStock) expect(decoded.value, where).toEqual(value);
    // What a person left out, or wrote as nil, is nil or zero.
    else expect({ ...(decoded.value as object), ...givenOf(value) }, where).toEqual(decoded.value);
  }
});

test('every recorded message of stock clients and agents is written again byte by byte from its meaning', () => {
  for (const { where, hex, value, isStock, signedForm, codec } of expected) {
    if (!isStock) continue;
    const writer = new ByteWriter();
    codec.write(writer, value, signedForm);
    expect(toHex(writer.view()), where).toBe(hex);
  }
});

/** The messages of a connection, each with the codec that its place calls for. */
function placesOf(messages: readonly RpcMessage[]): {
  message: RpcMessage;
  codec: ValueCodec<unknown>;
  decode: (bytes: Uint8Array) => RpcDecoded<unknown>;
}[] {
  const commands = new Map<number, string>();
  const answered = new Set<number>();
  let requestNext: RpcCommand | undefined;
  let seq = 0;
  let afterResponse: { codec: ValueCodec<never>; decode: (bytes: Uint8Array) => RpcDecoded<unknown> } | undefined;
  const place = (message: RpcMessage, codec: unknown, decode: (bytes: Uint8Array) => RpcDecoded<unknown>) => ({
    message,
    codec: codec as ValueCodec<unknown>,
    decode,
  });
  return messages.flatMap((message) => {
    if (message.hex === undefined) return [];
    if (message.dir === 'c2s') {
      const command = requestNext;
      requestNext = undefined;
      if (command !== undefined) {
        return [place(message, requestBodyCodecs[command], (bytes) => decodeRequestBody(command, bytes))];
      }
      const { Command, Seq } = message.value as { Command: string; Seq?: number };
      seq = Seq ?? seq;
      commands.set(seq, Command);
      answered.delete(seq);
      if (isRpcCommand(Command) && hasRequestBody(Command)) requestNext = Command;
      return [place(message, requestHeader, (bytes) => decodeRequestHeader(bytes))];
    }
    if (afterResponse !== undefined) {
      const { codec, decode } = afterResponse;
      afterResponse = undefined;
      return [place(message, codec, decode)];
    }
    const header = message.value as { Error: string; Seq: number };
    const command = commands.get(header.Seq)!;
    const isRecord = answered.has(header.Seq) && header.Error === '';
    answered.add(header.Seq);
    if (isRecord) {
      const kind = command as keyof RpcRecordBodies;
      afterResponse = { codec: recordCodecs[kind] as ValueCodec<never>, decode: (bytes) => decodeRecord(kind, bytes) };
    } else if (
      isRpcCommand(command) &&
      hasResponseBody(command) &&
      !/required|Unsupported command/.test(header.Error)
    ) {
      const codec = responseBodyCodecs[command] as ValueCodec<never>;
      afterResponse = { codec, decode: (bytes) => decodeResponseBody(command, bytes) };
    }
    return [place(message, responseHeader, decodeResponseHeader)];
  });
}

function givenOf(value: unknown): object {
  return Object.fromEntries(Object.entries(value as object).filter(([, item]) => item !== null));
}
