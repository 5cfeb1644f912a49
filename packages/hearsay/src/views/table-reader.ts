import { inquiryTopics, type Inquiries } from '../inquiry/index.ts';
import { swimLimits } from '../swim/index.ts';
import type { StepClock } from '../util/index.ts';
import type { AbsenceReason, Table } from './comparison.ts';
import { viewsLimits } from './limits.ts';
import { decodePage, encodeTableQuestion, type TablePage, type TableRow } from './table.ts';

/** Members of one list that are read. Twice what membership keeps: Serf remembers others besides. */
const rowsMax = 2 * swimLimits.membersMax;

/** What a {@link TableReader} is made of. */
export interface TableReaderParts {
  readonly inquiries: Pick<Inquiries, 'ask'>;
  readonly clock: StepClock;
  /** What to say of a member that does not answer. */
  readonly absenceOf: (name: string) => AbsenceReason;
}

/** Asks a member for its member list, page after page. */
export class TableReader {
  readonly #parts: TableReaderParts;

  constructor(parts: TableReaderParts) {
    this.#parts = parts;
  }

  /**
   * `onDone` hears the whole list, or why there is none, in a later step: a part of a list compares to nothing.
   *
   * @throws `ClusterError` as `Inquiries.ask`
   */
  read(name: string, timeoutMs: number, onDone: (table: Table) => void): void {
    this.#ask(name, this.#parts.clock.nowMs + timeoutMs, [], 1, onDone);
  }

  #ask(
    name: string,
    deadlineMs: number,
    rows: readonly TableRow[],
    pageNumber: number,
    onDone: (table: Table) => void,
  ): void {
    const { inquiries, clock, absenceOf } = this.#parts;
    const after = rows.at(-1)?.name ?? '';
    let page: TablePage | undefined;
    inquiries.ask(
      inquiryTopics.views,
      encodeTableQuestion(after),
      { to: [name], timeoutMs: deadlineMs - clock.nowMs },
      (_, payload) => (page = decodePage(payload, after)),
      () => {
        const known = page === undefined ? rows : [...rows, ...page.rows];
        if (page?.hasMore === false) return onDone({ name, rows: known });
        const isWithinBounds = pageNumber < viewsLimits.pagesMax && known.length <= rowsMax;
        const mayGoOn = page !== undefined && isWithinBounds && deadlineMs > clock.nowMs;
        if (mayGoOn) this.#ask(name, deadlineMs, known, pageNumber + 1, onDone);
        else onDone({ name, absence: absenceOf(name) });
      },
    );
  }
}
