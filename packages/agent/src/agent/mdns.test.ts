import { decode, encode, type Answer, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadSerfVectors } from '../../../../test/golden/serf-vectors.ts';
import { AgentLog } from './agent-log.ts';
import { Mdns } from './mdns.ts';
import { answersTo, fitsDns, MdnsEntries, wantsUnicast, type MdnsService } from './mdns-records.ts';

const { packets } = loadSerfVectors<{ packets: { name: string; hex: string }[] }>('mdns');
const service: MdnsService = { cluster: 'demo', instance: 'node-a', hostName: 'host-1', host: '192.0.2.7', port: 7946 };
const serviceV6: MdnsService = { ...service, instance: 'node-b', hostName: 'host-2', host: '2001:db8::7', port: 7947 };

/** Each question of the vectors, with the answers that follow it. */
const exchanges = packets.flatMap(({ name, hex }, index) => {
  if (!name.startsWith('query')) return [];
  const rest = packets.slice(index + 1);
  const end = rest.findIndex((packet) => packet.name.startsWith('query'));
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .map((answer) => ({ name: answer.name, query: hex, answer: answer.hex }));
});

test.each(exchanges)('it answers as by Serf: $name', ({ name, query, answer }) => {
  const asked = read(query);
  const question = asked.questions![0]!;
  const answers = answersTo(question, name.includes('IPv6') ? serviceV6 : service);
  const reply: Packet = {
    type: 'response',
    id: wantsUnicast(question) ? asked.id! : 0,
    flags: 0x400,
    answers: [...answers],
  };
  if (answer === '') return expect(answers).toEqual([]);
  const expected = read(answer);
  expect(comparable(decode(encode(reply)))).toEqual(comparable(expected));
});

test('agents are found in the packets of Serf', () => {
  const entries = new MdnsEntries('demo');
  for (const { name, hex } of packets) if (name.includes('service pointer')) entries.add(read(hex).answers!);
  expect(entries.complete()).toEqual(['192.0.2.7:7946', '[2001:db8::7]:7947']);
});

test('an agent is found when its records come in two packets, and not before', () => {
  const { answers } = read(packets.find(({ name }) => name === 'answer: service pointer, IPv4 agent')!.hex);
  const entries = new MdnsEntries('demo');
  entries.add(answers!.slice(2));
  expect(entries.complete()).toEqual([]);
  entries.add(answers!.slice(0, 2));
  expect(entries.complete()).toEqual(['192.0.2.7:7946']);
});

test('agents of another cluster are not found', () => {
  const { answers } = read(packets.find(({ name }) => name === 'answer: service pointer, IPv4 agent')!.hex);
  const entries = new MdnsEntries('other');
  entries.add(answers!);
  expect(entries.complete()).toEqual([]);
});

test('strange packets find nobody, throw nothing and fill no memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 300 }), (bytes) => {
      let packet: Packet;
      try {
        packet = decode(Buffer.from(bytes));
      } catch {
        return;
      }
      const entries = new MdnsEntries('demo');
      entries.add([...(packet.answers ?? []), ...(packet.additionals ?? [])]);
      for (const question of packet.questions ?? []) expect(answersTo(question, service)).toEqual([]);
      expect(entries.complete()).toEqual([]);
    }),
  );
  const entries = new MdnsEntries('demo');
  const many = Array.from({ length: 100_000 }, (_, index): Answer => ({
    type: 'A',
    name: `h${index}`,
    data: '1.2.3.4',
  }));
  for (let at = 0; at < many.length; at += 100) entries.add(many.slice(at, at + 100));
  expect(entries.complete()).toEqual([]);
});

test('a name that is longer than DNS allows is not announced', () => {
  expect(fitsDns(service)).toBe(true);
  expect(fitsDns({ ...service, instance: 'x'.repeat(64) })).toBe(false);
  expect(fitsDns({ ...service, hostName: Array.from({ length: 60 }, () => 'abcd').join('.') })).toBe(false);
});

test('two agents on one machine find each other, once', async () => {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const config = { interface: 'lo', disableIpv4: false, disableIpv6: true };
  const log = new AgentLog('trace');
  const joins: string[] = [];
  let tellFound = (): void => {};
  const found = new Promise<void>((resolve) => (tellFound = resolve));
  const join = async (name: string, addresses: readonly string[]): Promise<void> => {
    joins.push(`${name}: ${addresses.join()}`);
    if (joins.length === 1) tellFound();
  };
  const start = (instance: string, ownPort: number): Promise<Mdns> =>
    Mdns.start({
      service: { ...service, instance, host: '127.0.0.1', port: ownPort },
      config,
      logger: log.logger('agent.mdns'),
      join: (addresses) => join(instance, addresses),
      port,
    });
  const a = await start('a', 7_001);
  const b = await start('b', 7_002);
  await found;
  a.stop();
  b.stop();
  // Whoever looked first may have found nobody yet; nobody finds itself.
  for (const line of joins) expect(['a: 127.0.0.1:7002', 'b: 127.0.0.1:7001']).toContain(line);
  expect(new Set(joins).size).toBe(joins.length);
});

function read(hex: string): Packet {
  return decode(Buffer.from(hex, 'hex'));
}

/** What a packet says, whatever the compression. */
function comparable({ id, answers, flags }: Packet): object {
  return { id, flags, answers };
}
