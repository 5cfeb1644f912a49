import type { ClusterEvent, StreamId } from '../cluster/index.ts';
import type { SwimTraceEvent } from '../swim/index.ts';
import type { Address } from '../util/index.ts';
import type { SimNode } from './sim-node.ts';

/** Watches a run: checkers, transcripts and measurements are such. Every hook is optional and costs only when given. */
export interface SimObserver {
  /** `packet` is valid only during the call. */
  onPacketSent?(node: SimNode, to: Address, packet: Uint8Array): void;
  /** A packet is about to be read by `node`. */
  onPacketDelivered?(node: SimNode, from: Address, packet: Uint8Array): void;
  /** A node begins to open a stream. Before it has written to it. */
  onStreamOpening?(node: SimNode, stream: StreamId, to: Address): void;
  /** A node writes to a stream; `to` is where it leads. `chunk` is valid only during the call. */
  onStreamSent?(node: SimNode, to: Address, chunk: Uint8Array, stream: StreamId): void;
  onTrace?(node: SimNode, event: SwimTraceEvent): void;
  onEvent?(node: SimNode, event: ClusterEvent): void;
  /** What the run did to its nodes and network: faults and commands. `node` is undefined for the network's. */
  onAction?(node: SimNode | undefined, text: string): void;
  /** The node's step is over. */
  afterStep?(node: SimNode): void;
  /** Called every sample interval of virtual time, between steps. */
  onSample?(): void;
}
