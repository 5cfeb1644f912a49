export { decodeKvMessage, isKvMessage, KvDecoder } from './decode.ts';
export { encodeKvMessage } from './encode.ts';
export { kvFailures, type KvFailure } from './failure.ts';
export { kvWireLimits } from './limits.ts';
export { pieceDigest, pieceEntries, pieceParts, pieceResync } from './pieces.ts';
export { partBytes, receiptBytes } from './sizes.ts';
export { readVarint, writeVarint } from './varint.ts';
