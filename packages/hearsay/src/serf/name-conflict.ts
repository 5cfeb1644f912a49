import { ByteReader, ByteWriter, ClusterError, isSameAddress } from '../util/index.ts';
import { toAddress, writeUtf8 } from '../wire/index.ts';
import { decodeConflictResponse } from './answer-codec.ts';
import type { SerfConfig } from './config.ts';
import type { SerfHost } from './host.ts';
import { SerfMessageType } from './messages.ts';
import { INTERNAL_PREFIX, type OpenQuery, type QueryAsker } from './query-asker.ts';
import type { QueryStats } from './query-stats.ts';

/** What a {@link NameConflict} is made of. */
export interface NameConflictParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly asker: QueryAsker;
  readonly stats: QueryStats;
}

/**
 * The vote over this node's own name when another node claims it from another address: all others say which address
 * they know, and unless the majority of the answers names ours, this node has to go. So it does when nobody answers.
 */
export class NameConflict {
  readonly #parts: NameConflictParts;
  #vote: OpenQuery | undefined;
  #matchingCount: number = 0;
  #responseCount: number = 0;

  constructor(parts: NameConflictParts) {
    this.#parts = parts;
  }

  /** Another node claims this node's name. Starts a vote unless one is under way or votes are switched off. */
  onOwnNameClaimed(): void {
    if (!this.#parts.config.resolveNameConflicts || this.#vote !== undefined) return;
    this.#matchingCount = 0;
    this.#responseCount = 0;
    try {
      this.#vote = this.#ask();
    } catch (error) {
      // Without queries, or with too many of them under way, there is no vote, and the names stay as they are.
      if (!(error instanceof ClusterError)) throw error;
      this.#parts.stats.votesNotHeld += 1;
    }
  }

  /** The vote is off. */
  stop(): void {
    this.#vote?.abandon();
    this.#vote = undefined;
  }

  #ask(): OpenQuery {
    const { host, asker } = this.#parts;
    const writer = new ByteWriter(host.name.length);
    writeUtf8(writer, host.name);
    return asker.open(
      { name: `${INTERNAL_PREFIX}conflict`, payload: writer.copy() },
      {
        onAck: () => undefined,
        onResponse: (_from, payload) => this.#count(payload),
        onDone: () => this.#decide(),
      },
    );
  }

  #count(payload: Uint8Array): void {
    const reader = new ByteReader(payload);
    const type = reader.u8();
    const response = decodeConflictResponse(reader);
    if (type !== SerfMessageType.conflictResponse || reader.failure !== undefined) {
      this.#parts.stats.internalPayloadsBad += 1;
      return;
    }
    this.#responseCount += 1;
    if (response !== undefined && this.#isOwn(response.addr, response.port)) this.#matchingCount += 1;
  }

  /** Compared as addresses, not as bytes: an IPv4 address may come in IPv6 form. */
  #isOwn(addr: Uint8Array, port: number): boolean {
    return isSameAddress(this.#parts.host.self().address, toAddress(addr, port));
  }

  #decide(): void {
    this.#vote = undefined;
    const majority = Math.floor(this.#responseCount / 2) + 1;
    if (this.#matchingCount >= majority) return;
    this.#parts.host.emit({
      type: 'name-lost',
      matchingCount: this.#matchingCount,
      responseCount: this.#responseCount,
    });
  }
}
