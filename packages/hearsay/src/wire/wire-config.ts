import type { EncryptionVersion } from './seal.ts';

/** Which layers a node puts around what it sends, and demands around what it receives. Equal for packets and streams. */
export interface WireConfig {
  /** Keeps clusters apart that share a network; at most 255 bytes. Empty for none (memberlist `Label`). */
  readonly label: string;
  /** Compress what is sent. What comes compressed is always taken (memberlist `EnableCompression`). */
  readonly compression: boolean;
  /** The version that is sent; both are taken. 0 only for protocol version 1. */
  readonly encryptionVersion: EncryptionVersion;
  /** With keys: refuse what is not encrypted (memberlist `GossipVerifyIncoming`). */
  readonly verifyIncoming: boolean;
  /** With keys: encrypt what is sent (memberlist `GossipVerifyOutgoing`). */
  readonly verifyOutgoing: boolean;
  /** Something in front strips the labels: none may come, and none is missed (memberlist `SkipInboundLabelCheck`). */
  readonly skipInboundLabelCheck: boolean;
}
