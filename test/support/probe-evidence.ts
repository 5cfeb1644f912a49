import type { ProbeEvidence } from '../../packages/hearsay/src/swim/index.ts';

/** Of a probe of n2 that failed in every way, from 59 s to 60 s; n3 was asked, and reached nobody. */
export function probeEvidence(changes: Partial<ProbeEvidence> = {}): ProbeEvidence {
  return {
    kind: 'probe',
    node: 'n2',
    id: 2,
    atMs: 60_000,
    startedAtMs: 59_000,
    askedOthersAtMs: 59_500,
    lateMs: 0,
    outcome: 'failed',
    helpers: [{ name: 'n3', answer: 'nack' }],
    stream: 'unreachable',
    healthScore: 0,
    sendFailure: undefined,
    lateAckMs: undefined,
    ...changes,
  };
}
