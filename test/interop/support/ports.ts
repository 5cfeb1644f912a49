import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections: one of those can be taken again before the program that
 * is told of it binds it. Each worker of a test run has a range of its own, and begins anywhere in it.
 */
const firstPort = 20_000;
const portsPerWorker = 1_500;
const rangeStart = firstPort + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 8) * portsPerWorker;
let nextOffset = Math.floor(Math.random() * portsPerWorker);

/** A port of 127.0.0.1 that is free for TCP and UDP at this moment, and that nobody else of this run is told of. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < portsPerWorker; tries++) {
    const port = rangeStart + nextOffset;
    nextOffset = (nextOffset + 1) % portsPerWorker;
    if ((await isTcpPortFree(port)) && (await isUdpPortFree(port))) return port;
  }
  throw new Error(`none of ${portsPerWorker} ports from ${rangeStart} on is free`);
}

async function isTcpPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

async function isUdpPortFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
