import { expect, test } from 'vitest';
import { readVectors } from '../../../../test/support/vectors.ts';
import { checkSwimConfig } from './config-check.ts';
import { swimPresets, type SwimConfig, type SwimProfile } from './config.ts';

const profiles: readonly SwimProfile[] = ['lan', 'wan', 'local'];

function check(changes: object): () => SwimConfig {
  return () => checkSwimConfig({ ...swimPresets.lan, ...changes });
}

function errConfig(message: RegExp): unknown {
  return expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringMatching(message) });
}

test('the presets are those of the reference', () => {
  for (const profile of profiles) {
    const preset = swimPresets[profile];
    const vector = readVectors<{ name: string; values: Record<string, unknown> }>('defaults').find(
      (candidate) => candidate.name === profile,
    )!;
    expect(vector.values, profile).toMatchObject({
      ProbeInterval_ns: preset.probeIntervalMs * 1e6,
      ProbeTimeout_ns: preset.probeTimeoutMs * 1e6,
      IndirectChecks: preset.indirectChecks,
      DisableTcpPings: !preset.streamPings,
      AwarenessMaxMultiplier: preset.awarenessMaxMultiplier,
      SuspicionMult: preset.suspicionMult,
      SuspicionMaxTimeoutMult: preset.suspicionMaxTimeoutMult,
      RetransmitMult: preset.retransmitMult,
      GossipInterval_ns: preset.gossipIntervalMs * 1e6,
      GossipNodes: preset.gossipNodes,
      GossipToTheDeadTime_ns: preset.gossipToTheDeadMs * 1e6,
      PushPullInterval_ns: preset.pushPullIntervalMs * 1e6,
      TCPTimeout_ns: preset.streamTimeoutMs * 1e6,
      UDPBufferSize: preset.packetMaxBytes,
      DeadNodeReclaimTime_ns: preset.deadNodeReclaimMs * 1e6,
      ProtocolVersion: preset.protocolVersion,
      EnableCompression: preset.compression,
      Label: preset.label,
      SkipInboundLabelCheck: preset.skipInboundLabelCheck,
      GossipVerifyIncoming: preset.verifyIncoming,
      GossipVerifyOutgoing: preset.verifyOutgoing,
    });
  }
});

test('every preset passes its own check, and what passed is a frozen copy', () => {
  for (const profile of profiles) {
    const checked = checkSwimConfig(swimPresets[profile]);
    expect(checked).toEqual(swimPresets[profile]);
    expect(checked).not.toBe(swimPresets[profile]);
    expect(Object.isFrozen(checked)).toBe(true);
  }
});

test('an option out of range is refused with its value and the range', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ probeIntervalMs: 0 }, /^probeIntervalMs is 0, it must be from 1 to 86400000$/],
    [{ probeIntervalMs: Number.NaN }, /^probeIntervalMs is NaN/],
    [{ probeIntervalMs: '1000' }, /^probeIntervalMs is 1000, it must be a number$/],
    [{ probeIntervalMs: undefined }, /^probeIntervalMs is undefined, it must be a number$/],
    [{ gossipNodes: 2.5 }, /^gossipNodes is 2.5, it must be a whole number$/],
    [{ gossipNodes: 0 }, /^gossipNodes is 0, it must be from 1 to 64$/],
    [{ membershipShare: 0 }, /^membershipShare is 0, it must be from 0.1 to 1$/],
    [{ suspicionMult: 1 }, /^suspicionMult is 1, it must be from 2 to 100$/],
    [{ awarenessMaxMultiplier: 0 }, /^awarenessMaxMultiplier is 0/],
    [{ protocolVersion: 6 }, /^protocolVersion is 6, it must be from 1 to 5$/],
    [{ packetMaxBytes: 500 }, /^packetMaxBytes is 500, it must be from 892 to 65500$/],
    [{ packetMaxBytes: 65_507 }, /^packetMaxBytes is 65507, it must be from 892 to 65500$/],
    [{ compression: 1 }, /^compression is 1, it must be true or false$/],
    [{ label: null }, /^label must be a string$/],
    [{ label: 'é'.repeat(128) }, /^label is 256 bytes, the limit is 255$/],
    [{ probeInterval: 1_000 }, /^probeInterval is no option of SwimConfig$/],
    [{ toString: 1_000 }, /^toString is no option of SwimConfig$/],
  ];
  for (const [changes, message] of cases) expect(check(changes), JSON.stringify(changes)).toThrow(errConfig(message));
});

test('options that are unsafe together are refused, and both are named', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ probeTimeoutMs: 1_000 }, /^probeTimeoutMs is 1000.*probeIntervalMs \(1000\)/],
    [{ lateToleranceMs: 500 }, /^lateToleranceMs is 500.*probeTimeoutMs \(500\)/],
    [{ streamTimeoutMs: 499 }, /^streamTimeoutMs is 499.*probeTimeoutMs \(500\)/],
    [{ suspicionMult: 2, gossipIntervalMs: 401 }, /^suspicionMult \(2\).*2000 ms.*gossipIntervalMs \(2005 ms\)/],
    [{ gossipToTheDeadMs: 3_999 }, /^gossipToTheDeadMs is 3999.*suspicionMult times probeIntervalMs \(4000\)/],
    [{ departedMemoryMs: 29_999 }, /^departedMemoryMs is 29999.*gossipToTheDeadMs \(30000\)/],
    [{ pushPullIntervalMs: 0, healIntervalMs: 0 }, /^pushPullIntervalMs and healIntervalMs are both 0/],
    [{ packetMaxBytes: 1_148, label: 'x'.repeat(255) }, /^packetMaxBytes is 1148.*255 bytes.*1149/],
    [{ verifyOutgoing: false }, /^verifyIncoming is on and verifyOutgoing is off/],
  ];
  for (const [changes, message] of cases) expect(check(changes), JSON.stringify(changes)).toThrow(errConfig(message));
});

test('what lies just on the safe side passes', () => {
  const cases: readonly object[] = [
    { probeTimeoutMs: 999 },
    { lateToleranceMs: 499 },
    { streamTimeoutMs: 500 },
    { suspicionMult: 2, gossipIntervalMs: 400 },
    { gossipToTheDeadMs: 4_000 },
    { departedMemoryMs: 30_000 },
    { pushPullIntervalMs: 0 },
    { healIntervalMs: 0 },
    { packetMaxBytes: 1_149, label: 'x'.repeat(255) },
    { packetMaxBytes: 892 },
    { verifyOutgoing: false, verifyIncoming: false },
    { indirectChecks: 0, streamPings: false },
  ];
  for (const changes of cases) expect(check(changes), JSON.stringify(changes)).not.toThrow();
});
