import { ByteReader, ByteWriter, type Rng, type Trace } from '../util/index.ts';
import { CoordinateClient } from './coordinate/client.ts';
import { decodePingPayload, encodePingPayload } from './coordinate/ping-payload.ts';
import { distanceNs, type Coordinate } from './coordinate/vivaldi.ts';
import type { SerfCounters } from './stats.ts';
import type { SerfTraceEvent } from './trace-events.ts';

const NS_PER_MS = 1e6;

/** Network coordinates as they ride on acks: each answered ping moves this node's own. */
export class PingCoordinates {
  readonly #selfName: string;
  readonly #client: CoordinateClient;
  readonly #counters: SerfCounters;
  readonly #trace: Trace<SerfTraceEvent> | undefined;
  readonly #reader: ByteReader = new ByteReader();
  readonly #writer: ByteWriter = new ByteWriter(256);
  /** What the writer holds. */
  #written: Coordinate | undefined;

  constructor(selfName: string, rng: Rng, counters: SerfCounters, trace?: Trace<SerfTraceEvent>) {
    this.#selfName = selfName;
    this.#client = new CoordinateClient(rng);
    this.#counters = counters;
    this.#trace = trace;
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
    const before = this.#client.coordinate;
    if (!isReadable || this.#client.update(name, peer, Math.round(rttMs * NS_PER_MS)) !== undefined) {
      this.#counters.coordinatesRefused += 1;
      return;
    }
    this.#trace?.({
      type: 'coordinate-moved',
      rttMs,
      distanceMs: distanceNs(before, this.#client.coordinate) / NS_PER_MS,
    });
  }

  /** This node's own, or the last one heard of a member. */
  of(name: string): Coordinate | undefined {
    return name === this.#selfName ? this.#client.coordinate : this.#client.coordinateOf(name);
  }

  forget(name: string): void {
    this.#client.forget(name);
  }
}
