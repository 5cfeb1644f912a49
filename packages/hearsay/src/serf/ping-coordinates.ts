import { ByteReader, ByteWriter, type Rng } from '../util/index.ts';
import { CoordinateClient } from './coordinate/client.ts';
import { decodePingPayload, encodePingPayload } from './coordinate/ping-payload.ts';
import type { Coordinate } from './coordinate/vivaldi.ts';
import type { SerfCounters } from './stats.ts';

const NS_PER_MS = 1e6;

/** Network coordinates as they ride on acks: each answered ping moves this node's own. */
export class PingCoordinates {
  readonly #selfName: string;
  readonly #client: CoordinateClient;
  readonly #counters: SerfCounters;
  readonly #reader: ByteReader = new ByteReader();
  readonly #writer: ByteWriter = new ByteWriter(256);
  /** What the writer holds. */
  #written: Coordinate | undefined;

  constructor(selfName: string, rng: Rng, counters: SerfCounters) {
    this.#selfName = selfName;
    this.#client = new CoordinateClient(rng);
    this.#counters = counters;
  }

  get resetCount(): number {
    return this.#client.resetCount;
  }

  /** What rides on an ack; valid until the next call. Acks are the bulk of all traffic, so it is encoded once a change. */
  get payload(): Uint8Array {
    const { coordinate } = this.#client;
    if (this.#written !== coordinate) {
      this.#writer.reset();
      encodePingPayload(this.#writer, coordinate);
      this.#written = coordinate;
    }
    return this.#writer.view();
  }

  /** A ping of `name` was answered. */
  receive(name: string, rttMs: number, payload: Uint8Array): void {
    if (payload.length === 0) return;
    this.#reader.reset(payload);
    const peer = decodePingPayload(this.#reader);
    const isReadable = this.#reader.failure === undefined;
    if (isReadable && this.#client.update(name, peer, Math.round(rttMs * NS_PER_MS)) === undefined) return;
    this.#counters.coordinatesRefused += 1;
  }

  /** This node's own, or the last one heard of a member. */
  of(name: string): Coordinate | undefined {
    return name === this.#selfName ? this.#client.coordinate : this.#client.coordinateOf(name);
  }

  forget(name: string): void {
    this.#client.forget(name);
  }
}
