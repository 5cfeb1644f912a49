import type { SerfConfig } from './config.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { RelayHeader } from './messages.ts';
import type { QueryMembers } from './query-members.ts';
import type { QueryStats } from './query-stats.ts';

export interface RelayParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly members: QueryMembers;
  readonly stats: QueryStats;
}

/** Sends acks and answers a second time, through other members. */
export class RelaySender {
  constructor(parts: RelayParts) {
    void parts;
  }

  /** Through up to `factor` random members that understand relays. `message`: type byte and body of a query response. */
  send(factor: number, destination: RelayHeader, message: Uint8Array): void {
    void factor;
    void destination;
    void message;
  }
}

/** Passes on what others relay through this node: only answers to queries, only to members. */
export class RelayReceiver {
  constructor(parts: RelayParts) {
    void parts;
  }

  /** `message`: the complete relay message, type byte included; valid only during the call. */
  receive(message: Uint8Array): void {
    void message;
  }
}
