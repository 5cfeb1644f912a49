/** What a member has said. */
export interface RealEvent {
  readonly type: 'up' | 'failed' | 'suspect';
  readonly atMs: number;
  readonly by: string;
  readonly about: string;
}

export function falsePositives(
  events: readonly RealEvent[],
  anomalous: ReadonlySet<string>,
): { falseSuspicions: number; falsePositives: number; atHealthy: number };

export function detection(
  events: readonly RealEvent[],
  victim: string,
  healthy: readonly string[],
  startedAtMs: number,
): { suspectedMs: number | undefined; firstMs: number | undefined; fullMs: number | undefined };
