import { ByteWriter } from '../util/index.ts';
import type { SerfHost } from './host.ts';
import type { MemberTable } from './member-table.ts';
import { encodeLeaveIntent } from './message-codec.ts';

/** What a {@link LeaveReminder} is made of. */
export interface LeaveReminderParts {
  readonly selfName: string;
  readonly members: MemberTable;
  readonly host: Pick<SerfHost, 'sendMessage'>;
}

/**
 * Tells members that are said to leave, and are still here, what is said of them. One that is well denies it. Without
 * this, one that missed the intent would be leaving for ever to whoever heard it: a push/pull brings it only the time of
 * that intent, and what it says of itself at the same time is no news. (Serf has no such reminder.)
 */
export class LeaveReminder {
  readonly #parts: LeaveReminderParts;
  readonly #writer: ByteWriter = new ByteWriter(64);

  constructor(parts: LeaveReminderParts) {
    this.#parts = parts;
  }

  /** To be called now and then; one packet for each. */
  remind(): void {
    const { selfName, members, host } = this.#parts;
    for (const { name, status, statusLtime, address } of members.all()) {
      if (status !== 'leaving' || name === selfName || address === undefined) continue;
      this.#writer.reset();
      // Later than what it may have said of itself at the same time, or it would take this for old.
      encodeLeaveIntent(this.#writer, { ltime: statusLtime + 1, node: name, prune: false });
      host.sendMessage(address, this.#writer.view());
    }
  }
}
