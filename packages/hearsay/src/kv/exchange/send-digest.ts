import { pieceDigest } from '../codec/index.ts';
import type { Hash64 } from '../digest-hash.ts';
import type { DigestBucket } from '../protocol.ts';
import { shareOf } from './outbox.ts';
import type { KvChannel } from './parts.ts';
import { headOf, type Session, type Shop } from './talk.ts';
import type { Lane } from '../stream.ts';

/** Sends the rows of some buckets: in packets, or above 8 KB over streams. False when there was no budget for all. */
export function trySendDigest(
  shop: Shop,
  session: Session,
  lane: Lane,
  buckets: readonly DigestBucket[],
  laneHash: Hash64,
  channel: KvChannel,
): boolean {
  const { limits, outbox, parts } = shop;
  const head = { ...headOf(shop, session), lane, isAnswer: session.role === 'answerer', laneHash };
  const packets = pieceDigest(head, buckets, parts.packetMaxBytes);
  if (channel === 'packet' && packets.length * parts.packetMaxBytes <= limits.packetsMaxBytes) {
    return outbox.trySendAll(session.peer, packets, shareOf(lane));
  }
  return outbox.trySendAll(session.peer, pieceDigest(head, buckets, limits.frameMaxBytes), shareOf(lane), 'stream');
}
