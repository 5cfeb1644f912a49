import { swimLimits } from '../../swim/index.ts';
import type { Address } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

const WINDOW_MS = 1_000;

/**
 * A node sends within its budget at all times, whatever happens around it: gossip has a fan-out, an interval and few
 * early rounds, and in a storm of news a number of bytes; a probe a fixed number of pings, everything else answers what came in. At rest hardly more than pings and acks.
 */
export class BoundedTraffic implements Checker {
  readonly invariant: string = 'bounded-traffic';
  readonly #context: CheckContext;
  readonly #sentCounts: number[] = [];
  readonly #sentBytes: number[] = [];
  readonly #receivedCounts: number[] = [];
  #windowStartMs: number = 0;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onPacketSent(node: SimNode, _to: Address, packet: Uint8Array): void {
    this.#sentCounts[node.index] = (this.#sentCounts[node.index] ?? 0) + 1;
    this.#sentBytes[node.index] = (this.#sentBytes[node.index] ?? 0) + packet.length;
  }

  onPacketDelivered(node: SimNode, _from: Address, _packet: Uint8Array): void {
    this.#receivedCounts[node.index] = (this.#receivedCounts[node.index] ?? 0) + 1;
  }

  onSample(): void {
    const { simulator } = this.#context;
    if (simulator.nowMs - this.#windowStartMs < WINDOW_MS) return;
    for (const node of simulator.nodes) this.#check(node);
    this.#sentCounts.fill(0);
    this.#sentBytes.fill(0);
    this.#receivedCounts.fill(0);
    this.#windowStartMs = simulator.nowMs;
  }

  #check(node: SimNode): void {
    const sentCount = this.#sentCounts[node.index] ?? 0;
    const { gossipMaxBytesPerSecond, packetMaxBytes } = this.#context.config;
    const usualMax = this.#ownInitiativeMax() + ANSWERS_PER_PACKET_MAX * (this.#receivedCounts[node.index] ?? 0);
    // Storms of news may take that many bytes more, in packets that compression has made shorter.
    const sentMax = usualMax + Math.ceil((COMPRESSION_MAX * gossipMaxBytesPerSecond) / packetMaxBytes);
    if (sentCount > sentMax) this.#fail(`${node.name} sent ${sentCount} packets in a second, over ${sentMax}`);
    const sentBytes = this.#sentBytes[node.index] ?? 0;
    const bytesMax = usualMax * (packetMaxBytes + PACKET_EXCESS_BYTES) + gossipMaxBytesPerSecond;
    if (sentBytes > bytesMax) this.#fail(`${node.name} sent ${sentBytes} bytes in a second, over ${bytesMax}`);
  }

  #fail(message: string): never {
    throw new InvariantBroken(this.invariant, message);
  }

  /** Packets in a window that a node sends unasked: gossip, a probe and its helpers, corrections of others. */
  #ownInitiativeMax(): number {
    const { gossipIntervalMs, gossipNodes, probeIntervalMs, indirectChecks } = this.#context.config;
    // One round more than fits, for the window's edges.
    const ticks = Math.ceil(WINDOW_MS / gossipIntervalMs) + 1;
    const earlyRounds = swimLimits.eagerRoundBurst + swimLimits.eagerRoundShare * ticks;
    const gossip = gossipNodes * (ticks + earlyRounds);
    const probes = (1 + indirectChecks) * (Math.ceil(WINDOW_MS / probeIntervalMs) + 1);
    return gossip + probes + DIRECT_MESSAGES_MAX;
  }
}

/** A packet may hold a ping, answered by an ack, and a rumor that is denied to the face of who brought it. */
const ANSWERS_PER_PACKET_MAX = 2;
/** The burst and a second's worth of `swimLimits.directMessagesPerSecond`. */
const DIRECT_MESSAGES_MAX = 48;
/** By how much a packet may exceed its target. */
const PACKET_EXCESS_BYTES = 7;
/** How much longer a gossip packet may be before compression, at most. */
const COMPRESSION_MAX = 5;
