import { pieceDigest } from '../codec/index.ts';
import type { DigestBucket, DigestPart } from '../protocol.ts';
import { shareOf } from './outbox.ts';
import type { KvChannel } from './parts.ts';
import { headOf, type Session, type Shop } from './talk.ts';

/** Sends the rows of some buckets: in packets, or above 8 KB over streams. False when there was no budget for all. */
export function trySendDigest(
  shop: Shop,
  session: Session,
  about: Pick<DigestPart, 'lane' | 'laneHash'> & Partial<Pick<DigestPart, 'wantsResync'>>,
  buckets: readonly DigestBucket[],
  channel: KvChannel,
): boolean {
  const { limits, outbox, parts } = shop;
  const head = { ...headOf(shop, session), ...about, isAnswer: session.role === 'answerer' };
  const share = shareOf(about.lane);
  const packets = pieceDigest(head, buckets, parts.packetMaxBytes);
  if (channel === 'packet' && packets.length * parts.packetMaxBytes <= limits.packetsMaxBytes) {
    return outbox.trySendAll(session.peer, packets, share);
  }
  return outbox.trySendAll(session.peer, pieceDigest(head, buckets, limits.frameMaxBytes), share, 'stream');
}
