import { ClusterError } from '../util/index.ts';
import { RpcConnection } from './rpc-connection.ts';
import type { RpcEncodeOptions } from './rpc-protocol.ts';
import { openRpcSocket } from './rpc-socket.ts';
import { startWaiting, type RpcWait } from './rpc-wait.ts';

/** How to open a connection. */
export type RpcDialOptions = RpcEncodeOptions & RpcWait;

/** Connects to an agent; what is said on the connection is up to the caller. */
export function dialRpc(address: string, options: RpcDialOptions): Promise<RpcConnection> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    let isOpen = false;
    const socket = openRpcSocket(address, {
      onOpen: () => {
        isOpen = true;
        stopWaiting();
        resolve(connection);
      },
      onData: (chunk) => connection.receive(chunk),
      onClose: (error) => {
        stopWaiting();
        const reason = isOpen ? brokenConnection(address, error) : noConnection(address, error);
        connection.finish(reason, false);
        reject(reason);
      },
    });
    const connection = new RpcConnection(address, socket, options);
    const lateError = (): ClusterError => tooSlow(address, options.timeoutMs);
    const stopWaiting = startWaiting(options, lateError, (reason) => {
      socket.destroy();
      reject(reason);
    });
  });
}

function tooSlow(address: string, timeoutMs: number): ClusterError {
  const advice = 'is the address right, and does a firewall stand between?';
  return new ClusterError('ERR_TIMEOUT', `no agent has answered at ${address} within ${timeoutMs} ms: ${advice}`);
}

function noConnection(address: string, error: NodeJS.ErrnoException | undefined): ClusterError {
  return new ClusterError('ERR_RPC_CONNECTION', `cannot reach an agent at ${address}: ${adviceFor(error)}`, {
    cause: error,
  });
}

function adviceFor(error: NodeJS.ErrnoException | undefined): string {
  switch (error?.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there; is the agent running, and is this its RPC address?';
    case 'ENOENT':
      return 'there is no such socket; is the agent running, and does it have this Unix socket?';
    case 'EACCES':
      return 'this user may not open it; run as the user of the agent, or change the rights of the socket';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name has no address; is it spelled right?';
    default:
      return error?.message ?? 'the connection was closed';
  }
}

function brokenConnection(address: string, error: NodeJS.ErrnoException | undefined): ClusterError {
  const how = error === undefined ? 'has closed the connection' : `broke the connection (${error.message})`;
  const why = 'it has ended, or it got what it cannot read, such as a regular expression with a mistake';
  return new ClusterError('ERR_RPC_CONNECTION', `the agent at ${address} ${how}: ${why}`, { cause: error });
}
