import { isCount } from './counter.ts';
import { telemetryLimits } from './limits.ts';

interface Account {
  readonly generation: number;
  readonly total: number;
}

/**
 * What a counter of all members has come to, as one reader has seen it. Members that restart begin at zero, and others go
 * for good: what they had counted stays.
 */
export class CounterLedger {
  readonly #accounts: Map<string, Account> = new Map();
  #total: number = 0;

  /** Never goes down. */
  get total(): number {
    return this.#total;
  }

  /** False, and nothing happens, when no counter comes to that: the sum would never lose it again. */
  receive(member: string, generation: number, total: number): boolean {
    if (!isCount(total)) return false;
    const known = this.#accounts.get(member);
    const isSame = known?.generation === generation;
    if (isSame && total <= known.total) return true;
    this.#total += total - (isSame ? known.total : 0);
    // At the end: who was heard of last is forgotten last.
    this.#accounts.delete(member);
    this.#accounts.set(member, { generation, total });
    // Only the account is forgotten; what was counted stays in the total.
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > telemetryLimits.ledgerMembersMax) this.#accounts.delete(oldest!);
    return true;
  }
}
