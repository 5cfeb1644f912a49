import { kvDefaults, type KvConfig } from '../../packages/hearsay/src/kv/config.ts';
import type { KvEvent } from '../../packages/hearsay/src/kv/events.ts';
import type { KvRecordSink } from '../../packages/hearsay/src/kv/journal/record.ts';
import { KvState, type SavedState } from '../../packages/hearsay/src/kv/kv-state.ts';
import { newGeneration, type StreamOwner } from '../../packages/hearsay/src/kv/stream.ts';
import { StepClock } from '../../packages/hearsay/src/util/index.ts';

const startMs = 1_750_000_000_000;

/** The time of some nodes, which a test moves on. */
export class KvTime {
  readonly clock: StepClock = new StepClock();

  get wallMs(): number {
    return startMs + this.clock.nowMs;
  }

  pass(ms: number): void {
    this.clock.advanceTo(this.clock.nowMs + ms);
  }
}

/** A node with state, without a network: tests hand its messages over themselves. */
export class KvNode {
  readonly name: string;
  readonly state: KvState;
  readonly events: KvEvent[] = [];
  /** How far its wall clock is ahead. */
  skewMs: number = 0;

  constructor(
    name: string,
    time: KvTime,
    options: { config?: Partial<KvConfig>; generation?: string; saved?: SavedState; persist?: KvRecordSink } = {},
  ) {
    const own: StreamOwner = { node: name, generation: options.generation ?? newGeneration(startMs, 1) };
    this.name = name;
    this.state = new KvState({
      own,
      config: { ...kvDefaults, ...options.config },
      clock: time.clock,
      wallMs: () => time.wallMs + this.skewMs,
      emit: (event) => void this.events.push(event),
      ...(options.saved !== undefined && { saved: options.saved }),
      ...(options.persist !== undefined && { persist: options.persist }),
    });
  }

  put(key: string, value: string): void {
    this.state.shared.put(key, bytes(value));
  }

  /** The shared value of the key. */
  get(key: string): string | undefined {
    const entry = this.state.shared.get(key);
    return entry === undefined ? undefined : text(entry.value);
  }

  /** What the node's key shows here. */
  getOwned(node: string, key: string): string | undefined {
    const entry = this.state.owned.get(node, key);
    return entry === undefined ? undefined : text(entry.value);
  }

  /** Takes from the other what this one lacks, in all lanes, and says how it went in the shared one. */
  pull(other: KvNode): string {
    const { shared, owned, telemetry } = this.state;
    owned.applyDelta(other.state.owned.deltaFor(owned.digest()));
    telemetry.applyDelta(other.state.telemetry.deltaFor(telemetry.digest()));
    const answer = other.state.shared.deltaFor(shared.digest());
    const result = answer.kind === 'delta' ? shared.applyDelta(answer) : shared.applyResync(answer, other.name);
    return result.outcome;
  }
}

/** Exchanges among all until nobody lacks anything. */
export function settle(...nodes: readonly KvNode[]): void {
  for (let round = 0; round < 4; round += 1) {
    for (const node of nodes) for (const other of nodes) if (node !== other) node.pull(other);
  }
}

/** ASCII only. */
export function bytes(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

/** ASCII only. */
export function text(value: Uint8Array): string {
  return String.fromCharCode(...value);
}
