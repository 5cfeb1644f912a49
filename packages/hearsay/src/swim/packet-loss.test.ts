import { expect, test } from 'vitest';
import { randomChance, SeededRng } from '../util/index.ts';
import { PacketLoss } from './packet-loss.ts';
import { SwimStats } from './stats.ts';

test('nothing is lost before anything is known', () => {
  expect(new PacketLoss(new SwimStats()).share).toBe(0);
});

test.each([0.1, 0.5])(
  'of pings and acks of which the share %f is lost it finds that share on average, within two fifths',
  (loss) => {
    const stats = new SwimStats();
    const packetLoss = new PacketLoss(stats);
    const rng = new SeededRng(7);
    const shares: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      stats.probesAcked += 1;
      if (randomChance(rng, 1 - (1 - loss) ** 2)) stats.probesSavedByStream += 1;
      if (i > 100) shares.push(packetLoss.share);
    }
    expect(shares.reduce((total, share) => total + share, 0) / shares.length).toBeCloseTo(loss, 1);
    // What eight probes show varies.
    expect(Math.max(...shares.map((share) => Math.abs(share - loss)))).toBeLessThan(0.4);
  },
);

test('members that do not answer at all, or late, are no sign of loss', () => {
  const stats = new SwimStats();
  const packetLoss = new PacketLoss(stats);
  stats.probesFailed += 50;
  stats.probesAcked += 50;
  stats.probesAckedLate += 50;
  expect(packetLoss.share).toBe(0);
});

test('after a lossy hour eight quiet probes leave a third of it', () => {
  const stats = new SwimStats();
  const packetLoss = new PacketLoss(stats);
  stats.probesAcked += 3_600;
  stats.probesSavedByOthers += 2_700;
  expect(packetLoss.share).toBeCloseTo(0.5);
  for (let i = 0; i < 8; i++) {
    stats.probesAcked += 1;
    expect(packetLoss.share).toBeLessThan(0.5);
  }
  expect(packetLoss.share).toBeLessThan(0.17);
});
