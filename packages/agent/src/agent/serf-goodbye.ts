import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from 'hearsay';

/** Above the 0 that a member stands at which never sent a join intent. */
const lamportTime = 1;
/** A few rounds of gossip on every profile but `wan`. */
const spreadMs = 500;

/**
 * Announces to the Serf agents of a pool that this member is about to leave. They show it as `left` only if they have
 * heard this first, and as `failed` after memberlist's own goodbye alone (Serf `messages.go`,
 * `handleNodeLeaveIntent`). Resolves when the announcement has had time to spread.
 *
 * Agents that remember an earlier goodbye of the same name, and have not forgotten that member since, ignore this one:
 * a later one needs a Lamport clock, which comes with a Serf layer.
 */
export async function announceLeaveToSerf(cluster: Cluster): Promise<void> {
  cluster.broadcast(encodeLeaveIntent(cluster.localMember.name));
  await delay(spreadMs);
}

/** User message type 0 and a msgpack map. */
function encodeLeaveIntent(name: string): Uint8Array {
  return Uint8Array.from([
    0,
    0x83,
    ...text('LTime'),
    lamportTime,
    ...text('Node'),
    ...text(name),
    ...text('Prune'),
    0xc2,
  ]);
}

/** As msgpack's raw family: names are at most 255 bytes. */
function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  const header = bytes.length < 32 ? [0xa0 | bytes.length] : [0xda, 0, bytes.length];
  return [...header, ...bytes];
}
