export { Exchange } from './exchange.ts';
export type {
  ExchangeParts,
  ExchangeStats,
  KvChannel,
  KvPeer,
  KvRefusal,
  KvShare,
  KvTransfer,
  PeerRows,
} from './parts.ts';
