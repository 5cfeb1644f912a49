export interface PeerProgram {
  readonly program: string;
  readonly debianPackage: string;
  readonly suite: string;
}
export const peerPrograms: readonly PeerProgram[];
export function findPeer(program: string): string | undefined;
export function fetchPeers(timeoutMs?: number): Promise<string | undefined>;
