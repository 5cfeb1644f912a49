import type { Socket } from 'node:net';

/**
 * Who may be connected to one listener. When there are too many, one that has not said who it is, or what it wants, makes
 * room, the oldest first: connections that say nothing must not keep a client out.
 */
export class Admission {
  readonly #limit: number;
  readonly #sockets: Set<Socket> = new Set();
  readonly #strangers: Set<Socket> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False, and the socket is closed, when there is no room for it. */
  admit(socket: Socket): boolean {
    if (this.#sockets.size >= this.#limit && !this.#dropStranger()) {
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    this.#strangers.add(socket);
    socket.on('close', () => this.#forget(socket));
    return true;
  }

  /** It has said so, and stays. */
  recognize(socket: Socket): void {
    this.#strangers.delete(socket);
  }

  /** It may have to make room again, after those that wait already. */
  release(socket: Socket): void {
    if (this.#sockets.has(socket)) this.#strangers.add(socket);
  }

  #dropStranger(): boolean {
    const [oldest] = this.#strangers;
    if (oldest === undefined) return false;
    this.#forget(oldest);
    oldest.destroy();
    return true;
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#strangers.delete(socket);
  }
}
