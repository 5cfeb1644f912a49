import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import {
  decodeRequestBody,
  decodeRequestHeader,
  encodeResponse,
  hasRequestBody,
  isRpcCommand,
  rpcLimits,
  RpcParser,
  type RpcCommand,
} from 'hearsay/client';
import { onTestFinished } from 'vitest';

/** A request as it came. */
export interface FakeRequest {
  readonly command: RpcCommand;
  readonly seq: number;
  readonly body: unknown;
}

/** What an agent does with a request other than the handshake; the bytes it says go to `send`. */
export type FakeHandler = (request: FakeRequest, send: (bytes: Uint8Array) => void, socket: Socket) => void;

/** An agent that shakes hands properly and then does whatever a test wants. */
export class FakeRpcAgent {
  readonly address: string;
  readonly requests: FakeRequest[];

  private constructor(address: string, requests: FakeRequest[]) {
    this.address = address;
    this.requests = requests;
  }

  /** Listens on loopback, or on a Unix socket at `path`, until the test ends. */
  static async start(handler: FakeHandler, path?: string): Promise<FakeRpcAgent> {
    const requests: FakeRequest[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      serve(socket, requests, handler);
    });
    if (path === undefined) server.listen(0, '127.0.0.1');
    else server.listen(path);
    await once(server, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = path ?? `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new FakeRpcAgent(address, requests);
  }
}

function serve(socket: Socket, requests: FakeRequest[], handler: FakeHandler): void {
  const parser = new RpcParser({ maxValueBytes: rpcLimits.requestMaxBytes });
  const send = (bytes: Uint8Array): void => void socket.write(bytes);
  let headed: { readonly command: RpcCommand; readonly seq: number } | undefined;
  const receive = (request: FakeRequest): void => {
    if (request.command === 'handshake')
      return send(encodeResponse('handshake', { error: '', seq: request.seq }, undefined));
    requests.push(request);
    handler(request, send, socket);
  };
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    parser.push(chunk);
    for (let value = parser.next(); value !== undefined; value = parser.next()) {
      if (headed !== undefined) {
        const body = decodeRequestBody(headed.command, value);
        if (!body.ok) throw new Error(`the client sent a body that cannot be read: ${body.reason}`);
        receive({ ...headed, body: body.value });
        headed = undefined;
        continue;
      }
      const header = decodeRequestHeader(value);
      if (!header.ok || !isRpcCommand(header.value.command)) throw new Error('the client sent no request');
      headed = { command: header.value.command, seq: header.value.seq };
      if (hasRequestBody(headed.command)) continue;
      receive({ ...headed, body: undefined });
      headed = undefined;
    }
  });
}
