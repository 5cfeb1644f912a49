import { ByteWriter } from '../util/index.ts';
import { encodeAlive, encodeDead, encodeSuspect, type Alive, type Dead, type Suspect } from '../wire/index.ts';
import type { BroadcastQueue } from './broadcast-queue.ts';
import type { Member } from './member.ts';

/**
 * Puts membership rumors into the broadcast queue. Each is named for the member it is about, so the latest word on a
 * member replaces what was queued before.
 */
export class Rumors {
  readonly #queue: BroadcastQueue;
  readonly #onQueued: (isUrgent: boolean) => void;
  readonly #writer: ByteWriter = new ByteWriter(256);

  /** `onQueued` hears that there is something to gossip. */
  constructor(queue: BroadcastQueue, onQueued: (isUrgent: boolean) => void) {
    this.#queue = queue;
    this.#onQueued = onQueued;
  }

  /** `onDone` hears that the rumor was sent often enough, or replaced. */
  spreadAlive(alive: Alive, onDone?: () => void): void {
    this.#spread(alive.node, this.encodeAlive(alive), onDone);
  }

  spreadSuspect(suspect: Suspect): void {
    this.#spread(suspect.node, this.encodeSuspect(suspect));
  }

  spreadDead(dead: Dead, onDone?: () => void): void {
    this.#spread(dead.node, this.encodeDead(dead), onDone, true);
  }

  encodeAlive(alive: Alive): Uint8Array {
    this.#writer.reset();
    encodeAlive(this.#writer, alive);
    return this.#writer.copy();
  }

  encodeSuspect(suspect: Suspect): Uint8Array {
    this.#writer.reset();
    encodeSuspect(this.#writer, suspect);
    return this.#writer.copy();
  }

  encodeDead(dead: Dead): Uint8Array {
    this.#writer.reset();
    encodeDead(this.#writer, dead);
    return this.#writer.copy();
  }

  #spread(name: string, message: Uint8Array, onDone?: () => void, isUrgent: boolean = false): void {
    this.#queue.queueNamed(name, message, onDone);
    this.#onQueued(isUrgent);
  }
}

/** What an alive message says of `member`. */
export function aliveOf(member: Pick<Member, 'name' | 'addr' | 'port' | 'meta' | 'vsn' | 'incarnation'>): Alive {
  return {
    incarnation: member.incarnation,
    node: member.name,
    addr: member.addr,
    port: member.port,
    meta: member.meta,
    vsn: member.vsn,
  };
}
