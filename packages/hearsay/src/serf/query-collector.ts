import type { QuerySummary } from './events.ts';
import { queryLimits } from './query-limits.ts';
import type { QueryStats } from './query-stats.ts';

/** Who hears what comes back. All calls come from inside a step. */
export interface QueryListener {
  onAck(from: string): void;
  /** `payload` may be kept. */
  onResponse(from: string, payload: Uint8Array): void;
  /** The time is up. Not called for a query that was abandoned. */
  onDone(summary: QuerySummary): void;
}

const nothing = new Uint8Array(0);

/**
 * What comes back for one query: each member counts once, and there is an end to how many. Names are taken as they
 * come, as in the reference: a member that joined after the query was asked may answer it.
 */
export class QueryCollector {
  readonly id: number;
  readonly #asked: readonly string[];
  readonly #answersMax: number;
  readonly #listener: QueryListener;
  readonly #stats: QueryStats;
  readonly #acked: Set<string> = new Set();
  readonly #responded: Set<string> = new Set();
  #droppedCount: number = 0;

  constructor(id: number, asked: readonly string[], liveCount: number, listener: QueryListener, stats: QueryStats) {
    this.id = id;
    this.#asked = asked;
    this.#answersMax = 2 * liveCount + queryLimits.lateAnswersMax;
    this.#listener = listener;
    this.#stats = stats;
  }

  receiveAck(from: string): void {
    if (this.#acked.has(from)) {
      this.#stats.duplicateAcks += 1;
      this.#droppedCount += 1;
    } else if (this.#takes(from, this.#acked)) {
      this.#stats.acksReceived += 1;
      this.#listener.onAck(from);
    }
  }

  receiveResponse(from: string, payload: Uint8Array | null): void {
    if (this.#responded.has(from)) {
      this.#stats.duplicateResponses += 1;
      this.#droppedCount += 1;
    } else if (this.#takes(from, this.#responded)) {
      this.#stats.responsesReceived += 1;
      this.#listener.onResponse(from, payload ?? nothing);
    }
  }

  /** The time is up. */
  finish(): void {
    this.#listener.onDone({
      asked: this.#asked,
      acked: [...this.#acked],
      responded: [...this.#responded],
      silent: this.#asked.filter((name) => !this.#acked.has(name) && !this.#responded.has(name)),
      droppedCount: this.#droppedCount,
    });
  }

  /** An empty name is nobody, and stands for the end where queries are shown by stock tools. */
  #takes(from: string, known: Set<string>): boolean {
    if (from === '' || known.size >= this.#answersMax) {
      this.#stats.responsesRefused += 1;
      this.#droppedCount += 1;
      return false;
    }
    known.add(from);
    return true;
  }
}
