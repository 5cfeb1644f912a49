export { decodeKvMessage, isKvMessage, KvDecoder } from './decode.ts';
export { encodeKvMessage } from './encode.ts';
export { kvFailures, type KvFailure } from './failure.ts';
export { kvWireLimits } from './limits.ts';
export { pieceDigest, pieceEntries, pieceNacks, pieceParts, pieceResync, type PieceHead } from './pieces.ts';
export { digestRowBytes, entryBytes, ownerBytes, partBytes, receiptBytes } from './sizes.ts';
