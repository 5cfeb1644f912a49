import { ByteReader, ByteWriter, ClusterError } from '../util/index.ts';
import { decodeUtf8 } from '../wire/index.ts';
import { decodeKeyRequest, encodeConflictResponse, encodeKeyResponse } from './answer-codec.ts';
import { encodeBase64 } from './base64.ts';
import type { MemberStatus } from './events.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { ConflictResponse, KeyResponse } from './messages.ts';
import type { QueryAnswerer, QueryEvent } from './query-answerer.ts';
import { INTERNAL_PREFIX } from './query-asker.ts';
import { queryLimits } from './query-limits.ts';
import type { QueryMember, QueryMembers } from './query-members.ts';
import type { QueryStats } from './query-stats.ts';

/** What an {@link InternalQueries} is made of. */
export interface InternalQueriesParts {
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly members: QueryMembers;
  readonly answerer: QueryAnswerer;
  readonly stats: QueryStats;
}

type KeyChange = 'install' | 'use' | 'remove';

/** Queries that Serf itself answers: those whose name begins with `_serf_`. */
export class InternalQueries {
  readonly #parts: InternalQueriesParts;
  readonly #writer: ByteWriter = new ByteWriter();

  constructor(parts: InternalQueriesParts) {
    this.#parts = parts;
  }

  /** True: it was one of ours, and the user does not hear of it. */
  handle(query: QueryEvent): boolean {
    if (!query.name.startsWith(INTERNAL_PREFIX)) return false;
    switch (query.name.slice(INTERNAL_PREFIX.length)) {
      case 'ping':
        // The acknowledgement, if one was asked for, is the whole answer.
        break;
      case 'conflict':
        this.#answerConflict(query);
        break;
      case 'install-key':
        this.#changeKeys(query, 'install');
        break;
      case 'use-key':
        this.#changeKeys(query, 'use');
        break;
      case 'remove-key':
        this.#changeKeys(query, 'remove');
        break;
      case 'list-keys':
        this.#listKeys(query);
        break;
      default:
        this.#parts.stats.internalQueriesUnknown += 1;
    }
    return true;
  }

  /** Says what is known of a contested name, unless it is the own one: the owner has no vote. */
  #answerConflict(query: QueryEvent): void {
    const { host, members, answerer, stats } = this.#parts;
    if (query.payload.length > queryLimits.nameMaxBytes) {
      stats.internalPayloadsBad += 1;
      return;
    }
    const name = decodeUtf8(query.payload);
    if (name === host.name) return;
    const member = members.get(name);
    this.#writer.reset();
    encodeConflictResponse(this.#writer, member && toConflictResponse(member));
    answerer.tryRespond(query.id, this.#writer.copy());
  }

  #changeKeys(query: QueryEvent, change: KeyChange): void {
    const key = this.#readKey(query.payload);
    const error = key === undefined ? '' : this.#tryChange(change, key);
    this.#respond(query, { result: error === undefined, message: error ?? '', keys: null, primaryKey: '' });
  }

  /** The key that a request names, empty when it names none. The type byte is not looked at, as in the reference. */
  #readKey(payload: Uint8Array): Uint8Array | undefined {
    const reader = new ByteReader(payload);
    reader.skip(1);
    const { key } = decodeKeyRequest(reader);
    if (reader.failure === undefined) return key;
    this.#parts.stats.internalPayloadsBad += 1;
    return undefined;
  }

  /** Undefined when it is done and stored, else why not. */
  #tryChange(change: KeyChange, key: Uint8Array): string | undefined {
    const { host, env } = this.#parts;
    const { keyring } = host;
    if (!keyring.isEnabled) return 'No keyring to modify (encryption not enabled)';
    try {
      if (change === 'install') keyring.add(key);
      else if (change === 'use') keyring.use(key);
      else keyring.remove(key);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      return toSerfText(error, change);
    }
    return env.saveKeys?.(keyring.keys);
  }

  #listKeys(query: QueryEvent): void {
    const { keys } = this.#parts.host.keyring;
    const texts = keys.map((key) => encodeBase64(key));
    if (texts.length === 0) {
      const message = 'Keyring is empty (encryption not enabled)';
      this.#respond(query, { result: false, message, keys: null, primaryKey: '' });
      return;
    }
    const primaryKey = texts[0]!;
    let message = '';
    for (let count = texts.length; count >= 0; count -= 1) {
      const shown = texts.slice(0, count);
      if (this.#respond(query, { result: true, message, keys: shown, primaryKey }) !== 'too-long') return;
      message = `truncated key list response, showing first ${count - 1} of ${texts.length} keys`;
    }
  }

  #respond(query: QueryEvent, response: KeyResponse): ReturnType<QueryAnswerer['tryRespond']> {
    this.#writer.reset();
    encodeKeyResponse(this.#writer, response);
    return this.#parts.answerer.tryRespond(query.id, this.#writer.copy());
  }
}

/** The keyring's refusals as the reference words them, which key tools and their users know. */
function toSerfText(error: ClusterError, change: KeyChange): string {
  if (error.code === 'ERR_KEY_LENGTH') return 'key size must be 16, 24 or 32 bytes';
  if (change === 'use') return 'requested key is not in the keyring';
  return change === 'remove' ? 'removing the primary key is not allowed' : error.message;
}

const statusNumbers: Readonly<Record<MemberStatus, number>> = { alive: 1, leaving: 2, left: 3, failed: 4 };

function toConflictResponse({ name, addr, port, tags, status, versions }: QueryMember): ConflictResponse {
  return { name, addr, port, tags, status: statusNumbers[status], ...versions };
}
