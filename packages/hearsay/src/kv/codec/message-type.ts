import { type ByteWriter } from '../../util/index.ts';
import type { KvMessageType, NackReason } from '../protocol.ts';

/** The first three bytes of every state message, whatever its version. Serf's own user messages begin with 0 to 9. */
export const kvMagic: readonly number[] = [0xe7, 0x47, 0x53];

/** The version of the protocol, and the fourth byte. */
export const kvVersion = 1;

/** The fifth byte of a message, counted from 1. */
export const kvMessageTypes: readonly KvMessageType[] = [
  'summary',
  'equal',
  'buckets',
  'digest',
  'delta',
  'resync',
  'owned',
  'nack',
  'busy',
  'rumor',
  'announce',
  'pull',
];

/** The byte that stands for a reason, counted from 1. */
export const nackReasons: readonly NackReason[] = ['clock-ahead', 'full', 'stream', 'retired'];

/** The first five bytes. */
export function writeMessageType(writer: ByteWriter, type: KvMessageType): void {
  for (const byte of kvMagic) writer.u8(byte);
  writer.u8(kvVersion);
  writer.u8(kvMessageTypes.indexOf(type) + 1);
}

/** In the lane byte of a digest. */
export const DigestFlag = { isAnswer: 4, wantsResync: 8 } as const;

/** Of a delta's piece: it waits for the others. */
export const stagedFlag = 1;

/** Of one stream of an owned lane. */
export const PartFlag = { isResync: 1, isComplete: 2 } as const;
