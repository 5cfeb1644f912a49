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

  receive(member: string, generation: number, total: number): void {
    const known = this.#accounts.get(member);
    const isSame = known?.generation === generation;
    if (isSame && total <= known.total) return;
    this.#total += total - (isSame ? known.total : 0);
    // At the end: who was heard of last is forgotten last.
    this.#accounts.delete(member);
    this.#accounts.set(member, { generation, total });
    if (this.#accounts.size <= telemetryLimits.ledgerMembersMax) return;
    // Only the account is forgotten; what was counted stays in the total.
    const [oldest] = this.#accounts.keys();
    this.#accounts.delete(oldest!);
  }
}
