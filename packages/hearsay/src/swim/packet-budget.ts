/**
 * How much a packet may be filled with (memberlist `sendMsgWithPiggyback`, `gossip`). Lengths are bytes. The overhead
 * of a packet is that of its label and its encryption together; a checksum and the length entry of the first message
 * are not counted, so a packet can exceed its target by 5 and by 2 bytes.
 */
import { swimLimits } from './limits.ts';
import { wireLimits } from '../wire/index.ts';

/** Type byte and count of a compound. */
const COMPOUND_HEADER_BYTES = 2;

/** What each message in a compound costs beside itself: its entry in the table of lengths. */
export const compoundPartOverheadBytes = 2;

/** What each user message costs: the entry in the table of lengths and the type byte before it. */
export const userMessageOverheadBytes = 3;

/** What may ride along with a primary message. Negative when the message alone is too long. */
export function piggybackBudgetBytes(packetMaxBytes: number, primaryBytes: number, overheadBytes: number): number {
  return packetMaxBytes - primaryBytes - COMPOUND_HEADER_BYTES - overheadBytes;
}

/** What a gossip packet may hold. */
export function gossipBudgetBytes(packetMaxBytes: number, overheadBytes: number): number {
  return packetMaxBytes - COMPOUND_HEADER_BYTES - overheadBytes;
}

/**
 * The longest rumor about a member, an alive message: type byte, map header, and six fields with their keys at their
 * longest. A suspect or dead message holds two names and no metadata.
 */
export const rumorMaxBytes: number =
  2 +
  ('Addr'.length + 1 + 17) +
  ('Incarnation'.length + 1 + 5) +
  ('Meta'.length + 1 + 3 + wireLimits.metaMaxBytes) +
  ('Node'.length + 1 + 3 + swimLimits.nameMaxBytes) +
  ('Port'.length + 1 + 3) +
  ('Vsn'.length + 1 + 7);

/** Version, nonce, tag, and the padding of version 0 at its longest: what encryption adds at most. */
const ENCRYPTION_OVERHEAD_MAX_BYTES = 1 + 12 + 16 + 16;

/**
 * The smallest {@link SwimConfig.packetMaxBytes} with which every rumor can be gossiped: a longer one would wait in the
 * queue for ever.
 */
export function packetMaxBytesMin(labelBytes: number): number {
  const labelOverheadBytes = labelBytes === 0 ? 0 : 2 + labelBytes;
  const gossipOverheadBytes = COMPOUND_HEADER_BYTES + labelOverheadBytes + ENCRYPTION_OVERHEAD_MAX_BYTES;
  return rumorMaxBytes + compoundPartOverheadBytes + gossipOverheadBytes;
}
