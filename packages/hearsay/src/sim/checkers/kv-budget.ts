import { kvGossipDefaults, type KvGossipConfig } from '../../kv/index.ts';
import type { Address } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { WireTap } from '../wire-tap.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** A packet that was begun is sent whole. */
const SLACK_BYTES = 1_400;

/** What a node sends of state in packets never exceeds its budget: so many bytes a second, and a burst. */
export class KvBudget implements Checker {
  readonly invariant: string = 'kv-budget';
  readonly #context: CheckContext;
  readonly #gossip: KvGossipConfig;
  readonly #tap: WireTap = new WireTap();
  /** By node, the bytes that it may still send, and when that was so. */
  readonly #left: { bytes: number; atMs: number }[] = [];

  constructor(context: CheckContext) {
    this.#context = context;
    this.#gossip = { ...kvGossipDefaults, ...context.kvGossip };
  }

  onPacketSent(node: SimNode, _to: Address, packet: Uint8Array): void {
    const sent = this.#tap.read(packet).stateBytes;
    if (sent === 0) return;
    const { bytesPerSecond, burstBytes } = this.#gossip;
    const { nowMs } = this.#context.simulator;
    const left = (this.#left[node.index] ??= { bytes: burstBytes, atMs: nowMs });
    left.bytes = Math.min(burstBytes, left.bytes + ((nowMs - left.atMs) / 1_000) * bytesPerSecond) - sent;
    left.atMs = nowMs;
    if (left.bytes >= -SLACK_BYTES) return;
    const overBytes = Math.ceil(-left.bytes);
    throw new InvariantBroken(this.invariant, `${node.name} has sent ${overBytes} bytes of state beyond its budget`);
  }
}
