/**
 * What clients of real Serf agents sent, replayed against our server over an agent that is scripted to know what the
 * real one knew. What comes back is compared byte by byte, the answers and records of each sequence number by themselves.
 *
 * It differs in three places, and no other:
 * - After "Authentication required" the reference reads the body of the refused command as a header and refuses once
 *   more; we skip it.
 * - A `_serf_ping` with an empty payload instead of none is refused, as by the newer generation; the older one cannot tell.
 * - When one event goes to two streams, the reference writes the records in any order. That of each stream is the same.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeResponseHeader, RpcParser } from 'hearsay/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  fromHex,
  readRpcSessions,
  toHex,
  type RpcMessage,
  type RpcSession,
} from '../../../../../test/support/rpc-corpus.ts';
import { ScriptedAgent } from '../../../../../test/support/scripted-agent.ts';
import { RpcServer } from '../rpc-server.ts';
import { RpcScript } from '../../../../../test/support/rpc-script.ts';

describe.each(['old', 'new'] as const)('a session with a client of the %s generation', (generation) => {
  const script = new RpcScript();
  const sessions = readRpcSessions().filter((session) => session.generation === generation);
  test.each(sessions.map((session) => [session.name, session] as const))('%s', async (name, session) => {
    const likeNew = name.endsWith(emptyPing) ? sessionNamed(`new: ${emptyPing}`) : session;
    expect(await replay(likeNew, script)).toEqual(expectedAnswers(likeNew));
  });
});

const emptyPing = 'ping query with an empty payload instead of nil';

function sessionNamed(name: string): RpcSession {
  return readRpcSessions().find((session) => session.name === name)!;
}

/** What the server wrote, by sequence number, and whether it closed the connection first. */
interface Answers {
  readonly bySeq: Readonly<Record<string, readonly string[]>>;
  readonly isClosedByServer: boolean;
}

/** Plays the client's part, waiting for each answer as the client did. */
async function replay(session: RpcSession, script: RpcScript): Promise<Answers> {
  const agent = new ScriptedAgent();
  script.begin(session, agent);
  const server = await RpcServer.start({
    api: agent,
    address: { host: '127.0.0.1', port: 0 },
    unixPath: undefined,
    authKey: script.authKey,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    nowMs: () => script.nowMs,
  });
  onTestFinished(() => server.close());
  agent.onShutdown = () => void server.close();
  const client = new Client(connect(server.address!.port, '127.0.0.1'));
  let expectedCount = 0;
  for (const [index, message] of session.messages.entries()) {
    if (message.eof === true) continue;
    if (message.dir === 's2c') {
      // What a record tells of happens when all before its header has been read.
      if (script.isRecord(index)) await client.hasReceived(expectedCount - 1);
      if (!isRepeatedRefusal(session.messages, index)) expectedCount++;
      script.recordAt(index);
      continue;
    }
    await client.hasReceived(expectedCount);
    script.requestAt(index);
    client.write(fromHex(message.hex!));
  }
  await client.hasReceived(expectedCount);
  if (session.name.endsWith('the agent stops')) void server.close();
  const isClosedByServer = endsFirst(session) === 's2c' && (await client.isEnded());
  client.close();
  return { bySeq: bySeq(client.values), isClosedByServer };
}

function expectedAnswers(session: RpcSession): Answers {
  const values = session.messages
    .filter(({ dir, eof }, index) => dir === 's2c' && eof !== true && !isRepeatedRefusal(session.messages, index))
    .map(({ hex }) => hex!);
  return { bySeq: bySeq(values), isClosedByServer: endsFirst(session) === 's2c' };
}

/** Which side ended the connection, if that was recorded. */
function endsFirst({ messages }: RpcSession): 'c2s' | 's2c' | undefined {
  return messages.find(({ eof }) => eof === true)?.dir;
}

function isRepeatedRefusal(messages: readonly RpcMessage[], index: number): boolean {
  const { hex, value } = messages[index]!;
  return value?.['Error'] === 'Authentication required' && messages[index - 1]?.hex === hex;
}

/** Headers and the bodies behind them, gathered by the sequence number of the header. */
function bySeq(values: readonly string[]): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  let seq = 'none';
  for (const value of values) {
    const isHeader = value.startsWith(toHex(Uint8Array.of(0x82, 0xa5, ...Buffer.from('Error'))));
    const header = isHeader ? decodeResponseHeader(fromHex(value)) : undefined;
    if (header?.ok === true) seq = String(header.value.seq);
    (result[seq] ??= []).push(value);
  }
  return result;
}

/** The client's end of a connection. */
class Client {
  readonly values: string[] = [];
  readonly #socket: Socket;
  readonly #parser: RpcParser = new RpcParser({ maxValueBytes: 1_000_000 });

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay();
    socket.on('data', (chunk) => {
      this.#parser.push(chunk);
      for (let value = this.#parser.next(); value !== undefined; value = this.#parser.next()) {
        this.values.push(toHex(value));
      }
    });
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  async hasReceived(count: number): Promise<void> {
    while (this.values.length < count) await once(this.#socket, 'data', { signal: AbortSignal.timeout(5_000) });
  }

  async isEnded(): Promise<true> {
    if (!this.#socket.readableEnded) await once(this.#socket, 'end', { signal: AbortSignal.timeout(5_000) });
    return true;
  }

  close(): void {
    this.#socket.destroy();
  }
}
