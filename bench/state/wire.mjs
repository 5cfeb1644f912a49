/** Check 11: nothing is larger than a packet may be. */
import { figure } from '../lib/figures.mjs';
import { formedCluster, sumOf } from './cluster.mjs';

const datagramMaxBytes = 1_400;

/** All three lanes are busy, and every node is new to every other, until so many packets were sent. */
function runWire(seed, { nodes: nodeCount, packets: packetCount, writers: writerCount }) {
  const cluster = formedCluster({ seed, nodeCount });
  let sent = 0;
  let longest = 0;
  cluster.simulator.observe({
    onPacketSent: (_node, _to, packet) => {
      sent += 1;
      longest = Math.max(longest, packet.length);
    },
  });
  for (const [index, { name }] of cluster.nodes.entries()) {
    cluster.kv.setOwn(name, 'version', `1.${seed}.${index}`);
    cluster.kv.setTelemetry(name, 'load', 'x'.repeat(100));
    if (index % 2 === 0) cluster.kv.put(name, `first/${name}`, 'y'.repeat(200));
  }
  for (let round = 0; sent < packetCount; round += 1) {
    for (let index = 0; index < writerCount; index += 1) {
      const { name } = cluster.nodes[(round * 131 + index * 17 + seed) % nodeCount];
      cluster.kv.put(name, `key/${(round * writerCount + index) % 2_000}`, `${round}`.padEnd(300, 'z'));
      cluster.kv.setOwn(name, 'version', `2.${round}`);
      cluster.kv.setTelemetry(name, 'load', `${round}`.padEnd(100, 'x'));
    }
    cluster.runForMs(200);
  }
  const stats = cluster.nodes.map((node) => node.core.kv.stats);
  const digestBytes = stats.reduce((sum, { sentBytes }) => sum + sentBytes.digest, 0);
  const digests = stats.reduce((sum, { sentMessages }) => sum + sentMessages.digest, 0);
  const state = stats.reduce((sum, { sentMessages }) => sum + sumOf(sentMessages), 0);
  const rows = cluster.nodes.reduce((sum, node) => sum + node.core.kv.state.shared.digest().rows.size, 0) / nodeCount;
  return { sent, longest, state, digests, digestBytes, rows, virtualMs: cluster.nowMs };
}

export const wireCheck = {
  number: 11,
  title: '2,000 nodes, three lanes busy, a million packets',
  bar: 'no datagram above 1,400 B',
  full: { nodes: 2_000, packets: 1_000_000, writers: 20 },
  small: { nodes: 60, packets: 4_000, writers: 3 },
  run: runWire,
  judge: (results) => {
    const longest = Math.max(...results.map((result) => result.longest));
    const [{ sent, digests, rows }] = results;
    return {
      figure: `longest ${longest} B of ${figure(sent)} packets; ${figure(digests)} digest messages, of lanes of up to ${figure(rows)} rows`,
      isMet: longest <= datagramMaxBytes,
    };
  },
};
