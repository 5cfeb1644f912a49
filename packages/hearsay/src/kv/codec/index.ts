export { decodeKvMessage, isKvMessage, KvDecoder } from './decode.ts';
export { encodeKvMessage } from './encode.ts';
export { type KvFailure } from './failure.ts';
export { pieceDigest, pieceEntries, pieceParts, pieceResync, type PieceHead } from './pieces.ts';
