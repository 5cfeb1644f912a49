import type { Lane } from '../stream.ts';
import type { LaneSnapshot } from './lane-snapshot.ts';
import type { ExchangeLimits } from './limits.ts';
import type { KvPeer } from './parts.ts';
import type { Session, Talk } from './talk.ts';

/** A session as long as it is open, with what is under way in each lane that differs. */
export class OpenSession implements Session {
  readonly peer: KvPeer;
  readonly session: number;
  readonly role: Session['role'];
  /** Our lanes as the summary said, or as they were compared with it. */
  readonly compared: readonly LaneSnapshot[];
  readonly talks: Map<Lane, Talk> = new Map();
  readonly onProgress: () => void;
  /** Whether it is known which lanes differ. */
  isCompared: boolean;
  #lastMs: number;

  constructor(
    about: Pick<Session, 'peer' | 'role' | 'session'>,
    compared: readonly LaneSnapshot[],
    nowMs: number,
    onProgress: (session: OpenSession) => void,
  ) {
    this.peer = about.peer;
    this.role = about.role;
    this.session = about.session;
    this.compared = compared;
    this.isCompared = about.role === 'answerer';
    this.onProgress = () => onProgress(this);
    this.#lastMs = nowMs;
  }

  get isDone(): boolean {
    return this.isCompared && [...this.talks.values()].every(({ isDone }) => isDone);
  }

  /** Something has happened in it. */
  touch(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  isExpired(nowMs: number, limits: ExchangeLimits): boolean {
    const isTransferring = [...this.talks.values()].some((talk) => talk.isTransferring);
    return nowMs - this.#lastMs >= (isTransferring ? limits.transferMs : limits.sessionMs);
  }

  close(): void {
    for (const talk of this.talks.values()) talk.close();
  }
}
