/**
 * Gossiped state among our agents does nothing to the stock agents of the same pool. A path in front of each agent sees
 * every packet and stream, and opens it with the pool's key. Stock agents of this version know no labels.
 *
 *   npx vitest run test/interop/state-in-serf-pool.test.ts                            80 writes in 8 s
 *   HEARSAY_SOAK_MINUTES=10 npx vitest run test/interop/state-in-serf-pool.test.ts    1,000 writes in 10 min
 */
import { RpcClient } from 'hearsay/client';
import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeKvMessage } from '../../packages/hearsay/src/kv/codec/index.ts';
import { newPacketCodec } from '../golden/packet-helpers.ts';
import { findPeer } from '../peers.mjs';
import { ask, askAll, done } from './support/commands.ts';
import { eventually } from './support/eventually.ts';
import type { Maker, MixedAgent } from './support/mixed-agent.ts';
import { MixedPool } from './support/mixed-pool.ts';
import { SlowPath } from './support/slow-path.ts';
import { isSoak, soakMs } from './support/soak.ts';
import { StateCapture } from './support/state-capture.ts';
import { Statsd } from './support/statsd.ts';

const key = Buffer.alloc(32, 'state and strangers');
const makers: readonly Maker[] = ['ours', 'stock', 'ours', 'stock', 'ours', 'stock', 'ours', 'stock', 'ours', 'stock'];
const writeCount = isSoak ? 1_000 : 80;
const writingMs = isSoak ? soakMs : 8_000;
/** Above what a rumor holds, and above what a delta holds in packets: it is announced, pulled, and goes over a stream. */
const largeValue = 'x'.repeat(12_000);

/** An agent, what it was sent, and what it counts itself. */
interface Site {
  readonly agent: MixedAgent;
  readonly capture: StateCapture;
  readonly path: SlowPath;
  readonly statsd: Statsd;
}

describe.skipIf(findPeer('serf') === undefined)(
  'five stock Serf agents and five of ours that share state, encrypted',
  { timeout: writingMs + 180_000 },
  () => {
    let pool: MixedPool;
    let sites: readonly Site[] = [];
    let complaintsBefore: ReadonlyMap<string, readonly string[]>;
    const expected = new Map<string, unknown>();
    const sentEvents: string[] = [];
    const of = (maker: Maker): readonly Site[] => sites.filter(({ agent }) => agent.maker === maker);

    beforeAll(async () => {
      pool = MixedPool.empty(key.toString('base64'));
      sites = await startSites(pool);
      return async () => {
        await pool.stop();
        for (const { path, statsd } of sites) {
          path.stop();
          statsd.stop();
        }
      };
    }, 120_000);
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') for (const { agent } of sites) agent.process.printLastLines();
    });

    test('all ten see all ten alike, and ours as members that take part', async () => {
      for (const name of pool.names) await pool.shows(name, 'alive');
      await expectSameMembers(sites);
      complaintsBefore = new Map(pool.agents.map(({ name, complaints }) => [name, complaints]));
    });

    test('while state is written, events and queries of both kinds reach all ten', async () => {
      const clients = await Promise.all(
        of('ours').map(({ agent }) => RpcClient.connect({ address: agent.rpcAddress, timeoutMs: 10_000 })),
      );
      const talk = talkAsSerf(pool, sentEvents);
      for (let write = 0; write < writeCount; write += 1) {
        const { kv } = clients[write % clients.length]!;
        const name = `flags/${write % 50}`;
        if (write % 20 === 19) await kv.delete(name);
        else await kv.put(name, write % 40 === 7 ? { write, largeValue } : { write });
        if (write % 20 === 19) expected.delete(name);
        else expected.set(name, write % 40 === 7 ? { write, largeValue } : { write });
        await kv.put('written', write, { lane: 'owned' });
        await delay(writingMs / writeCount);
      }
      for (const client of clients) client.close();
      await talk;
      await pool.handledOnce(sentEvents);
    });

    test('every one of ours has what was written', async () => {
      const wanted = JSON.stringify([...expected].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      for (const { agent } of of('ours')) {
        await eventually(
          `${agent.name} has all`,
          () => sharedStateOf(agent),
          (seen) => seen === wanted,
        );
      }
    });

    test('no stock agent was sent a byte of it, and none has a reason to complain', () => {
      for (const { capture } of sites) expect(capture.unread).toEqual([]);
      for (const { agent, capture } of of('stock')) {
        expect({ name: agent.name, ...Object.fromEntries(capture.stateMessages) }).toEqual({ name: agent.name });
        // It was sent what Serf sends, so that state would have been seen.
        expect(capture.userMessageCount).toBeGreaterThan(0);
      }
      for (const { name, complaints } of pool.agents) {
        const news = complaints.slice(complaintsBefore.get(name)!.length);
        expect({ name, news: news.filter((line) => !isOfCommand(line)) }).toEqual({ name, news: [] });
      }
    });

    test('what ours have counted as sent has arrived at ours', async () => {
      const captured = (): number => of('ours').reduce((sum, { capture }) => sum + capture.stateMessageCount, 0);
      const before = captured();
      for (const { agent } of of('ours')) agent.process.send('SIGUSR1');
      await delay(2_000);
      const sent = of('ours').reduce((sum, { statsd }) => sum + statsd.totalOf('hearsay.kv.sent.'), 0);
      console.log(
        `state messages: ${before} captured, then ${sent} counted by their senders, then ${captured()} captured`,
      );
      expect(before).toBeGreaterThan(writeCount);
      expect(sent).toBeGreaterThanOrEqual(before);
      expect(sent).toBeLessThanOrEqual(captured());
    });

    test('the capture has seen all that stock agents have received', () => {
      for (const { agent, capture, statsd } of of('stock')) {
        const received = statsd.total('memberlist.udp.received');
        console.log(`${agent.name}: ${capture.packetBytes} bytes of packets captured, it counted ${received}`);
        expect(received).toBeGreaterThan(0);
        expect(received).toBeLessThanOrEqual(capture.packetBytes);
      }
    });

    test('all ten still see all ten alike, and answer each other', async () => {
      for (const name of pool.names) await pool.shows(name, 'alive', 0);
      await expectSameMembers(sites);
      for (const maker of ['stock', 'ours'] as const) {
        const { agent } = of(maker)[0]!;
        await askAll(agent, pool.names, (attempt) => [`last-${maker}-${attempt}`, 'still well?']);
      }
    });

    test('one single message to a stock agent would have been captured, and complained about', async () => {
      const { agent, capture, path } = of('stock')[0]!;
      const stray = encodeKvMessage({ type: 'busy', session: 1, from: 'nobody', retryMs: 1 });
      const packet = newPacketCodec({}, [key]).wrap(Uint8Array.of(8, ...stray), false);
      const socket = createSocket('udp4');
      socket.send(packet, path.port, '127.0.0.1', () => socket.close());
      await eventually(
        `${agent.name} complains`,
        () => agent.complaints,
        (lines) => lines.some(isOfStranger),
      );
      expect([...capture.stateMessages]).toEqual([['busy', 1]]);
    });
  },
);

/** Each joins through the one before it, which is of the other kind. */
async function startSites(pool: MixedPool): Promise<Site[]> {
  const sites: Site[] = [];
  for (const [index, maker] of makers.entries()) {
    const capture = new StateCapture(key);
    const path = await SlowPath.start(0, capture);
    const statsd = await Statsd.start();
    const agent = await pool.add(`${maker}-${index}`, maker, {
      port: path.agentPort,
      advertisedPort: path.port,
      join: sites.at(-1)?.agent.address,
      flags: [`-tag=made-by=${maker}`, statsd.flag],
    });
    sites.push({ agent, capture, path, statsd });
  }
  return sites;
}

/** Events by all in turn, and queries by the first of either kind, as long as writing takes. */
async function talkAsSerf(pool: MixedPool, sentEvents: string[]): Promise<void> {
  const endsAtMs = performance.now() + writingMs;
  for (let round = 0; performance.now() < endsAtMs; round += 1) {
    const agent = pool.agents[round % pool.agents.length]!;
    await done(agent, ['event', '-coalesce=false', `round-${round}`, agent.name]);
    sentEvents.push(`user round-${round}: ${agent.name}`);
    const { acks } = await ask(agent, [`round-${round}`, 'how are you']);
    // Gossip alone need not bring a query to every member in time.
    expect(acks.length).toBeGreaterThan(pool.agents.length / 2);
    await delay(isSoak ? 5_000 : 500);
  }
}

/** Whichever of them is asked, the list is the same. */
async function expectSameMembers(sites: readonly Site[]): Promise<void> {
  const expected = sites.map(({ agent: { name, port, maker } }) => ({
    name,
    port,
    status: 'alive',
    tags: { 'made-by': maker, ...(maker === 'ours' ? { gs: '1' } : {}) },
  }));
  for (const { agent } of sites) {
    const members = (await agent.members()).toSorted((a, b) => lastNumber(a.name) - lastNumber(b.name));
    expect(members.map(({ name, port, status, tags }) => ({ name, port, status, tags }))).toEqual(expected);
  }
}

async function sharedStateOf(agent: MixedAgent): Promise<string> {
  const client = await RpcClient.connect({ address: agent.rpcAddress, timeoutMs: 10_000 });
  try {
    const entries: (readonly [string, unknown])[] = [];
    for await (const entry of client.kv.list()) {
      entries.push([entry.key, JSON.parse(Buffer.from(entry.value).toString())]);
    }
    return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  } finally {
    client.close();
  }
}

/** What a stock agent says of a state message: 231 is its first byte. */
function isOfStranger(line: string): boolean {
  return /\[WARN\].*unknown type: 231/.test(line);
}

/** A stock agent complains now and then of the stock command, which does not wait for the last record of a query. */
function isOfCommand(line: string): boolean {
  return /\[ERR\] agent\.ipc:/.test(line);
}

function lastNumber(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}
