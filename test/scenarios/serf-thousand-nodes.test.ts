import { simulate, type SimObserver } from 'hearsay/sim';
import { expect, test } from 'vitest';

const NODE_COUNT = 1_000;
const EVENT_COUNT = 100;

test(
  'of a thousand nodes that lose a tenth of all packets, each hears each of a hundred events once',
  { timeout: 300_000 },
  () => {
    const pool = simulate({ seed: 11, nodeCount: NODE_COUNT, serf: {}, network: { loss: 0.1 } });
    const heard = new Map<string, number>();
    const listener: SimObserver = {
      onEvent: (node, event) => {
        if (event.type !== 'user') return;
        const key = `${node.name} ${event.name}`;
        heard.set(key, (heard.get(key) ?? 0) + 1);
      },
    };
    pool.simulator.observe(listener);
    for (let i = 0; i < EVENT_COUNT; i++) {
      pool.serf.event(`n${1 + ((i * 37) % NODE_COUNT)}`, `event-${i}`, 'x'.repeat(20));
      pool.runForMs(100);
    }
    pool.runForMs(20_000);
    expect(heard.size).toBe(NODE_COUNT * EVENT_COUNT);
    expect(Math.max(...heard.values())).toBe(1);
  },
);

test(
  'a query to a thousand nodes that lose packets brings what arrives in time, and names all others',
  { timeout: 300_000 },
  () => {
    const pool = simulate({ seed: 12, nodeCount: NODE_COUNT, serf: {}, network: { loss: 0.1 } });
    pool.serf.answer('load', (node) => `load of ${node}`);
    const alone = pool.serf.query('n5', 'load', null, { requestAck: true });
    const relayed = pool.serf.query('n7', 'load', null, { relayFactor: 2 });
    pool.runForMs(15_000);
    for (const { responses, summary } of [alone, relayed]) {
      const responded = responses.map(({ from }) => from);
      expect(new Set(responded).size).toBe(responded.length);
      expect(summary!.asked).toHaveLength(NODE_COUNT);
      expect(summary!.responded.toSorted()).toEqual(responded.toSorted());
      const heardOf = new Set([...summary!.responded, ...summary!.acked]);
      expect(summary!.silent.toSorted()).toEqual(summary!.asked.filter((name) => !heardOf.has(name)).toSorted());
    }
    // One packet of ten is lost; of three ways at least one is mostly open.
    expect(alone.responses.length).toBeGreaterThan(0.85 * NODE_COUNT);
    expect(alone.responses.length).toBeLessThan(0.95 * NODE_COUNT);
    expect(relayed.responses.length).toBeGreaterThan(0.99 * NODE_COUNT);
  },
);
