import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fromHex, meaningOf, readRpcSessions, toHex, type RpcMessage } from '../../../../test/support/rpc-corpus.ts';
import type { ClusterError } from '../util/index.ts';
import { RpcClient } from './rpc-client.ts';
import type { RpcRequestBodies } from './rpc-messages.ts';
import { hasRequestBody, hasResponseBody, isRpcCommand } from './rpc-protocol.ts';
import type { RpcStream } from './rpc-stream.ts';

/** One request of a recorded session and everything that the agent said to it. */
interface Exchange {
  readonly command: keyof RpcRequestBodies;
  readonly seq: number;
  readonly body: unknown;
  /** Undefined when the agent closed the connection instead. */
  error: string | undefined;
  answer: unknown;
  readonly records: unknown[];
}

// Sessions made by hand use sequence numbers and forms that this client does not.
const sessions = readRpcSessions().filter(({ isRaw }) => !isRaw);

test('what a stock command said, the client says in the same bytes, and it understands what the agent said', async () => {
  for (const session of sessions) {
    const exchanges = exchangesOf(session.messages);
    const agent = await ReplayingAgent.start(session.messages);
    const signedForm = session.generation === 'old' ? 'unsigned' : 'signed';
    const failure = await replay(agent.address, signedForm, exchanges).catch((error: unknown) => error);
    expect(agent.mismatch ?? failure, session.name).toBeUndefined();
    await agent.stop();
    expect(agent.mismatch, session.name).toBeUndefined();
    expect(agent.requestsLeft, session.name).toBe(0);
  }
});

/** Makes the requests of a session with the client, and compares what comes of each. */
async function replay(address: string, signedForm: 'signed' | 'unsigned', exchanges: Exchange[]): Promise<void> {
  const [, ...afterHandshake] = exchanges;
  const auth = afterHandshake[0]?.command === 'auth' ? afterHandshake.shift() : undefined;
  const connecting = RpcClient.connect({
    address,
    signedForm,
    ...(auth === undefined ? {} : { authKey: (auth.body as RpcRequestBodies['auth']).authKey }),
  });
  if (auth !== undefined && auth.error !== '') {
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_RPC', message: auth.error });
    return;
  }
  const client = await connecting;
  const streams = new Map<number, { stream: RpcStream<unknown>; records: readonly unknown[] }>();
  for (const exchange of afterHandshake) {
    if (exchange.command === 'stop') {
      const { stop } = exchange.body as RpcRequestBodies['stop'];
      await expectRecords(streams.get(stop)!);
      await streams.get(stop)!.stream.return();
      streams.delete(stop);
      continue;
    }
    const result = await request(client, exchange as Request).catch((error: ClusterError) => error);
    expectResult(exchange, result);
    if (exchange.error === '' && result !== undefined && ['stream', 'monitor', 'query'].includes(exchange.command)) {
      streams.set(exchange.seq, { stream: result as RpcStream<unknown>, records: exchange.records });
    }
  }
  for (const open of streams.values()) await expectRecords(open);
  client.close();
}

type Request = {
  [Command in keyof RpcRequestBodies]: { readonly command: Command; readonly body: RpcRequestBodies[Command] };
}[keyof RpcRequestBodies];

/** The method call that makes this request. */
async function request(client: RpcClient, { command, body }: Request): Promise<unknown> {
  switch (command) {
    case 'members':
      return { members: await client.members() };
    case 'members-filtered':
      return { members: await client.members({ ...body, tags: body.tags ?? {} }) };
    case 'join':
      return { num: await client.join(body.existing!, body) };
    case 'event':
      return client.event(body.name, body.payload ?? undefined, body);
    case 'force-leave':
      return client.forceLeave(body.node, body);
    case 'leave':
      return client.leave();
    case 'tags': {
      const { tags, deleteTags } = body;
      return client.tags({ set: tags!, ...(deleteTags === null ? {} : { delete: deleteTags }) });
    }
    case 'query': {
      const { name, payload, filterNodes, filterTags, timeoutNs, ...options } = body;
      return client.query(name, payload ?? undefined, {
        ...options,
        ...(filterNodes === null ? {} : { nodes: filterNodes }),
        ...(filterTags === null ? {} : { tags: filterTags }),
        timeoutMs: timeoutNs / 1_000_000,
      });
    }
    case 'stream':
      return client.stream(body.type);
    case 'monitor':
      return client.monitor(body.logLevel);
    case 'stats':
      return client.stats();
    case 'get-coordinate':
      return client.coordinate(body.node);
    case 'install-key':
      return client.installKey(body.key);
    case 'use-key':
      return client.useKey(body.key);
    case 'remove-key':
      return client.removeKey(body.key);
    case 'list-keys':
      return client.listKeys();
    default:
      throw new Error(`no stock command was recorded with ${command}`);
  }
}

function expectResult({ command, error, answer }: Exchange, result: unknown): void {
  if (error === undefined) {
    expect(result).toMatchObject({ code: 'ERR_RPC_CONNECTION' });
  } else if (error !== '') {
    expect(result).toMatchObject({ code: 'ERR_RPC', message: error });
    expect((result as ClusterError).cause).toEqual(answer);
  } else if (command === 'get-coordinate') {
    const { ok, coord } = answer as { ok: boolean; coord: unknown };
    expect(result).toEqual(ok ? coord : undefined);
  } else if (answer !== undefined) {
    expect(result).toEqual(answer);
  } else {
    expect(result).not.toBeInstanceOf(Error);
  }
}

/** Reads as many records as the agent sent; a query, whose last one says that it is done, must then end. */
async function expectRecords({ stream, records }: { stream: RpcStream<unknown>; records: readonly unknown[] }) {
  for (const record of records) {
    const { type, log } = record as { type?: string; log?: string };
    const { value, done } = await stream.next();
    if (type === 'done') expect(done).toBe(true);
    else expect(value).toEqual(log ?? record);
  }
}

/** Sorts the messages of a session: each request with its answer and records. */
function exchangesOf(messages: readonly RpcMessage[]): Exchange[] {
  const exchanges: Exchange[] = [];
  const sent = messages.filter(({ dir, hex }) => dir === 'c2s' && hex !== undefined);
  for (let index = 0; index < sent.length; index += 1) {
    const { Command, Seq } = sent[index]!.value as { Command: string; Seq: number };
    if (!isRpcCommand(Command)) throw new Error(`unknown command ${Command}`);
    const body = hasRequestBody(Command) ? meaningOf(sent[(index += 1)]!.value) : undefined;
    exchanges.push({ command: Command, seq: Seq, body, error: undefined, answer: undefined, records: [] });
  }
  const received = messages.filter(({ dir, hex }) => dir === 's2c' && hex !== undefined);
  for (let index = 0; index < received.length; index += 1) {
    const { Error: error, Seq } = received[index]!.value as { Error: string; Seq: number };
    const exchange = exchanges.find(({ seq }) => seq === Seq)!;
    const isRecord = exchange.error === '' && error === '';
    if (isRecord) {
      exchange.records.push(meaningOf(received[(index += 1)]!.value));
      continue;
    }
    // A refusal comes a second time when the body of the refused request was taken for another.
    exchange.error ??= error;
    if (hasResponseBody(exchange.command) && error !== 'Authentication required') {
      exchange.answer = meaningOf(received[(index += 1)]!.value);
    }
  }
  return exchanges;
}

/** Says what the recorded agent said, each part after what had been said to it. */
class ReplayingAgent {
  readonly address: string;
  readonly stop: () => Promise<void>;
  /** Where the client said something else than the stock one. */
  mismatch: string | undefined;
  /** Messages that the client has still to send. */
  requestsLeft: number;

  private constructor(address: string, stop: () => Promise<void>, requestsLeft: number) {
    this.address = address;
    this.stop = stop;
    this.requestsLeft = requestsLeft;
  }

  static async start(messages: readonly RpcMessage[]): Promise<ReplayingAgent> {
    const server = createServer((socket) => agent.#serve(socket, messages));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = async (): Promise<void> => {
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    };
    onTestFinished(stop);
    const { port } = server.address() as AddressInfo;
    const requests = messages.filter(({ dir, hex }) => dir === 'c2s' && hex !== undefined).length;
    const agent = new ReplayingAgent(`127.0.0.1:${port}`, stop, requests);
    return agent;
  }

  #serve(socket: Socket, messages: readonly RpcMessage[]): void {
    let received = '';
    let next = 0;
    const proceed = (): void => {
      for (let message = messages[next]; message !== undefined; message = messages[next]) {
        if (message.dir === 'c2s' && message.hex !== undefined) {
          if (!received.startsWith(message.hex)) return this.#compare(socket, received, message.hex);
          received = received.slice(message.hex.length);
          this.requestsLeft -= 1;
        } else if (message.hex !== undefined) {
          socket.write(fromHex(message.hex));
        } else if (message.dir === 's2c') {
          socket.end();
        }
        next += 1;
      }
      this.#compare(socket, received, '');
    };
    socket.on('data', (chunk) => {
      received += toHex(chunk);
      proceed();
    });
    socket.on('error', () => undefined);
  }

  /** What came so far must be the beginning of what has to come. */
  #compare(socket: Socket, received: string, awaited: string): void {
    if (awaited.startsWith(received)) return;
    this.mismatch ??= `sent ${received}, the stock command sends ${awaited}`;
    socket.destroy();
  }
}
