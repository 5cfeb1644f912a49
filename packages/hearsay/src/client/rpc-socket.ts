import { createConnection, type Socket } from 'node:net';
import { parseRpcAddress } from './rpc-address.ts';

/** The bytes of a connection to an agent. */
export interface RpcSocket {
  /** Bytes handed to {@link write} that the system has not taken yet. */
  readonly unsentBytes: number;
  write(bytes: Uint8Array): void;
  /** Ends it at once. */
  destroy(): void;
}

/** What a socket tells its owner. */
export interface RpcSocketEvents {
  onOpen(): void;
  onData(chunk: Uint8Array): void;
  /** Called once, last. The error is why, if it was not an orderly end. */
  onClose(error: NodeJS.ErrnoException | undefined): void;
}

/**
 * Begins to connect to a TCP address or a Unix socket.
 *
 * @throws {@link ClusterError} `ERR_ADDRESS` for an address of no known form
 */
export function openRpcSocket(address: string, events: RpcSocketEvents): RpcSocket {
  const target = parseRpcAddress(address);
  const socket: Socket =
    target.kind === 'unix'
      ? createConnection({ path: target.path })
      : createConnection({ host: target.host, port: target.port, noDelay: true });
  let failure: NodeJS.ErrnoException | undefined;
  socket.on('connect', () => events.onOpen());
  socket.on('data', (chunk) => events.onData(chunk));
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => events.onClose(failure));
  return {
    get unsentBytes() {
      return socket.writableLength;
    },
    write: (bytes) => void socket.write(bytes),
    destroy: () => void socket.destroy(),
  };
}
