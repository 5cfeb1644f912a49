import { ClusterError } from '../util/index.ts';
import { rpcLimits } from './rpc-limits.ts';
import type { RpcCommand, RpcRequestBodies, RpcResponseBodies } from './rpc-messages.ts';
import { RpcParser } from './rpc-parser.ts';
import {
  decodeResponseBody,
  decodeResponseHeader,
  encodeRequest,
  hasResponseBody,
  type RpcEncodeOptions,
} from './rpc-protocol.ts';
import type { RpcSocket } from './rpc-socket.ts';
import { startWaiting, type RpcWait } from './rpc-wait.ts';

/** Takes the records that follow the answer to a request. */
export interface RecordSink {
  /** Whether the agent can be told to stop; a query ends by itself. */
  readonly isStoppable: boolean;
  /** The agent has agreed. */
  onOpen(seq: number): void;
  /** Takes one record; false when it cannot be decoded. */
  receive(value: Uint8Array): boolean;
  /** The connection has ended: orderly when there is no reason. */
  onEnd(failure: { readonly reason: unknown } | undefined): void;
}

/** A request without an answer yet. It stays known when nobody waits any more, for its answer must be recognised. */
interface PendingCall {
  readonly command: RpcCommand;
  readonly sink: RecordSink | undefined;
  isAbandoned: boolean;
  readonly resolve: (body: unknown) => void;
  readonly reject: (reason: Error) => void;
}

/** What the next value of the stream is. */
type Expected =
  | { readonly kind: 'header' }
  | { readonly kind: 'answer'; readonly seq: number; readonly call: PendingCall; readonly error: string }
  | { readonly kind: 'record'; readonly seq: number };

/** Requests without an answer. Agents take one after the other, so more would only wait. */
const PENDING_MAX = 1_024;
const UNSENT_MAX_BYTES = 16 * 1024 * 1024;
/** Refusals that come before the agent looks at the command: no body follows whatever the command is. */
const bodilessErrors: ReadonlySet<string> = new Set([
  'Authentication required',
  'Handshake required',
  'Unsupported command',
]);

/**
 * Tells apart what an agent sends: answers to requests, by their sequence number, and records of open streams, which
 * come in between. Sequence numbers count from 1 and are never used twice.
 */
export class RpcConnection {
  readonly #address: string;
  readonly #socket: RpcSocket;
  readonly #encodeOptions: RpcEncodeOptions;
  readonly #parser: RpcParser = new RpcParser({ maxValueBytes: rpcLimits.responseMaxBytes });
  readonly #calls: Map<number, PendingCall> = new Map();
  readonly #sinks: Map<number, RecordSink> = new Map();
  #expected: Expected = { kind: 'header' };
  #lastSeq: number = 0;
  #refusedRecords: number = 0;
  #end: { readonly reason: Error } | undefined;

  constructor(address: string, socket: RpcSocket, encodeOptions: RpcEncodeOptions) {
    this.#address = address;
    this.#socket = socket;
    this.#encodeOptions = encodeOptions;
  }

  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  /** Records that could not be decoded, and were dropped. */
  get refusedRecords(): number {
    return this.#refusedRecords;
  }

  /** Sends a request. Resolves with the body of its answer; records that follow it go to `sink`. */
  call<Command extends RpcCommand>(
    command: Command,
    body: RpcRequestBodies[Command],
    wait: RpcWait,
    sink?: RecordSink,
  ): Promise<RpcResponseBodies[Command]> {
    return new Promise((resolve, reject) => {
      wait.signal?.throwIfAborted();
      this.#checkRoom();
      const seq = ++this.#lastSeq;
      const stopWaiting = startWaiting(
        wait,
        () => this.#tooLate(command, wait.timeoutMs),
        (reason) => {
          const call = this.#calls.get(seq);
          if (call !== undefined) call.isAbandoned = true;
          reject(reason);
        },
      );
      this.#calls.set(seq, {
        command,
        sink,
        isAbandoned: false,
        resolve: (result) => {
          stopWaiting();
          resolve(result as RpcResponseBodies[Command]);
        },
        reject: (reason) => {
          stopWaiting();
          reject(reason);
        },
      });
      this.#socket.write(encodeRequest(command, seq, body, this.#encodeOptions));
    });
  }

  /** This side wants no more records of that stream: they are passed over, and the agent is told if it can be. */
  closeStream(seq: number, isStoppable: boolean): void {
    this.#sinks.delete(seq);
    if (!isStoppable || this.#end !== undefined) return;
    const ignore = (): void => undefined;
    const own = ++this.#lastSeq;
    this.#calls.set(own, { command: 'stop', sink: undefined, isAbandoned: true, resolve: ignore, reject: ignore });
    this.#socket.write(encodeRequest('stop', own, { stop: seq }, this.#encodeOptions));
  }

  receive(chunk: Uint8Array): void {
    this.#parser.push(chunk);
    for (let value = this.#parser.next(); value !== undefined; value = this.#parser.next()) {
      if (this.#end !== undefined) return;
      this.#receiveValue(value);
    }
    if (this.#parser.failure !== undefined) this.#breakOff(this.#parser.failure);
  }

  /** Ends everything that waits. Streams end without an error when `reason` is this side's own wish. */
  finish(reason: Error, isWanted: boolean): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    const calls = [...this.#calls.values()];
    const sinks = [...this.#sinks.values()];
    this.#calls.clear();
    this.#sinks.clear();
    for (const call of calls) call.reject(reason);
    for (const sink of sinks) sink.onEnd(isWanted ? undefined : { reason });
    this.#socket.destroy();
  }

  #checkRoom(): void {
    if (this.#end !== undefined) throw this.#end.reason;
    if (this.#calls.size >= PENDING_MAX) {
      throw new ClusterError(
        'ERR_QUEUE_FULL',
        `${this.#calls.size} requests wait for the agent, the limit is ${PENDING_MAX}`,
      );
    }
    const { unsentBytes } = this.#socket;
    if (unsentBytes >= UNSENT_MAX_BYTES) {
      throw new ClusterError(
        'ERR_QUEUE_FULL',
        `${unsentBytes} bytes wait to be sent, the limit is ${UNSENT_MAX_BYTES}`,
      );
    }
  }

  #tooLate(command: RpcCommand, timeoutMs: number): ClusterError {
    const text = `the agent at ${this.#address} has not answered ${command} within ${timeoutMs} ms`;
    return new ClusterError('ERR_TIMEOUT', `${text}; it may still carry it out`);
  }

  #receiveValue(value: Uint8Array): void {
    const expected = this.#expected;
    this.#expected = { kind: 'header' };
    if (expected.kind === 'header') this.#receiveHeader(value);
    else if (expected.kind === 'answer') this.#receiveAnswer(expected.seq, expected.call, expected.error, value);
    else this.#receiveRecord(expected.seq, value);
  }

  #receiveHeader(value: Uint8Array): void {
    const header = decodeResponseHeader(value);
    if (!header.ok) return this.#breakOff(header.reason);
    const { error, seq } = header.value;
    const call = this.#calls.get(seq);
    if (call === undefined) {
      // An error for no request is a refusal sent twice: some agents take the body of what they refuse for a request.
      if (error === '') this.#expected = { kind: 'record', seq };
    } else if (hasResponseBody(call.command) && !bodilessErrors.has(error)) {
      this.#expected = { kind: 'answer', seq, call, error };
    } else {
      this.#finishCall(seq, call, error, undefined);
    }
  }

  #receiveAnswer(seq: number, call: PendingCall, error: string, value: Uint8Array): void {
    const body = decodeResponseBody(call.command, value);
    if (body.ok) return this.#finishCall(seq, call, error, body.value);
    this.#calls.delete(seq);
    const text = `the agent's answer to ${call.command} cannot be read: ${body.reason}`;
    call.reject(new ClusterError('ERR_RPC', error === '' ? text : error));
  }

  #finishCall(seq: number, call: PendingCall, error: string, body: unknown): void {
    this.#calls.delete(seq);
    if (error !== '') return call.reject(new ClusterError('ERR_RPC', error, body === undefined ? {} : { cause: body }));
    if (call.sink !== undefined) this.#openSink(seq, call, call.sink);
    call.resolve(body);
  }

  #openSink(seq: number, call: PendingCall, sink: RecordSink): void {
    // Nobody may wait for this stream any more.
    if (call.isAbandoned) return this.closeStream(seq, sink.isStoppable);
    this.#sinks.set(seq, sink);
    sink.onOpen(seq);
  }

  #receiveRecord(seq: number, value: Uint8Array): void {
    const sink = this.#sinks.get(seq);
    if (sink?.receive(value) === false) this.#refusedRecords += 1;
  }

  #breakOff(reason: string): void {
    const text =
      reason === 'too-large'
        ? `the agent at ${this.#address} sent more than ${rpcLimits.responseMaxBytes} bytes at once, which is the limit`
        : `what answers at ${this.#address} does not speak Serf's RPC (${reason}): is it the RPC address?`;
    this.finish(new ClusterError('ERR_RPC_CONNECTION', text), false);
  }
}
