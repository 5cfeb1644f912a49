import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { captureIo } from '../captured-io.ts';
import { runCli } from '../run-cli.ts';

interface PacketVector {
  readonly name: string;
  readonly config: { readonly key: string | null };
  readonly packet: string;
}

interface StreamVector {
  readonly name: string;
  readonly initiator?: { readonly ring?: readonly string[] };
  readonly initiator_sends: string;
}

interface MalformedVector {
  readonly name: string;
  readonly channel: 'udp' | 'tcp';
  readonly hex?: string;
  readonly target: { readonly key: string | null; readonly label: string };
}

function vectorsOf<Vector>(name: string): Vector[] {
  const url = new URL(`../../../../../test/vectors/memberlist/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { readonly vectors: Vector[] }).vectors;
}

const packets = vectorsOf<PacketVector>('packets');
const folder = mkdtempSync(join(tmpdir(), 'hearsay-decode-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function decode(
  args: readonly string[],
  input?: Uint8Array,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const io = captureIo({ input });
  const code = await runCli(['packet', 'decode', ...args], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

const keyFlags = (keys: readonly (string | null)[]): string[] =>
  keys.flatMap((key) => (key === null ? [] : ['--key', key]));

test('a sealed, checked, compressed compound is shown with every layer and field', async () => {
  const { config, packet } = packets.find(({ name }) => name === 'compound-encv0-crctrue-comptrue-label')!;
  const { code, stdout } = await decode([
    '--key',
    Buffer.alloc(16, 1).toString('base64'),
    '--key',
    config.key!,
    packet,
  ]);
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, 14)).toEqual([
    'packet, 306 bytes',
    'offset  length',
    '     0       5  label  "dc1"',
    '     5     301  encryption  version 0, nonce 2b9d82f9df9b0baaf6e13d4f, opened by key 2, 13 bytes of padding, 259 bytes inside:',
    '     0       5    checksum  CRC-32 e1268006, ok',
    '     5     254    compression  LZW, 239 bytes stand for 348 (69 %):',
    '     0     348      compound  5 parts',
    '    12      69        [1] ping  message type 0',
    '    14      12          Node        "node-b"',
    '    26       7          SeqNo       42',
    '    33      16          SourceAddr  192.0.2.17  (c0000211)',
    '    49      18          SourceNode  "node-a"',
    '    67      14          SourcePort  7946',
    '    81      62        [2] alive  message type 4',
  ]);
});

test('every packet of the vectors decodes', async () => {
  for (const { name, config, packet } of packets) {
    const { code, stdout } = await decode([...keyFlags([config.key]), packet]);
    expect([name, code]).toEqual([name, 0]);
    expect(stdout).toContain('SourceNode  "node-a"');
  }
});

test('every stream of the vectors that holds a message decodes', async () => {
  const streams = vectorsOf<StreamVector>('streams').filter(({ initiator_sends: sent }) => sent.length > 20);
  expect(streams.length).toBeGreaterThan(30);
  for (const { name, initiator, initiator_sends: sent } of streams) {
    // Where the vector gives the initiator no keys of its own it sent in the clear.
    const { code, stdout, stderr } = await decode(['--stream', ...keyFlags(initiator?.ring ?? []), sent]);
    expect([name, code, stderr]).toEqual([name, 0, '']);
    expect(stdout).toMatch(/push\/pull|ping|user/);
  }
});

test('no malformed vector is more than an answer, and most get the code for malformed', async () => {
  const malformed = vectorsOf<MalformedVector>('malformed').filter(({ hex }) => hex !== undefined);
  const codes = new Map<number, number>();
  for (const { channel, hex, target } of malformed) {
    const label = target.label ? ['--label', target.label] : [];
    const flags = [...keyFlags([target.key]), ...label, ...(channel === 'tcp' ? ['--stream'] : [])];
    const { code, stdout } = await decode(flags, Buffer.from(hex!, 'hex'));
    codes.set(code, (codes.get(code) ?? 0) + 1);
    expect(stdout.includes('✗')).toBe(code === 2);
  }
  expect(new Set(codes.keys())).toEqual(new Set([0, 2]));
  expect(codes.get(2)).toBeGreaterThan(80);
});

test('a malformed packet says which layer and why, and is no success', async () => {
  const { code, stdout } = await decode(['0c00000000', '0b81a55365714e6f05']);
  expect(code).toBe(2);
  expect(stdout).toContain('checksum  CRC-32 00000000, BAD, the content has');
  expect(stdout).toContain('✗ checksum: the checksum does not fit: the content was changed on its way');
  expect(stdout).toContain('SeqNo  5');
});

test('a packet that looks encrypted gets a hint when no key was given', async () => {
  const { config, packet } = packets.find(({ name }) => name === 'single-encv1-crcfalse-compfalse')!;
  expect((await decode([packet])).stdout).toContain('Give its key with --key');
  expect((await decode(['--key', config.key!, packet])).stdout).not.toContain('Give its key');
});

test('the tags of a Serf agent are shown as tags', async () => {
  const meta = 'ff82a26463a465617374a4726f6c65a26c62';
  const { stdout } = await decode(['0481a44d657461b2', meta]);
  expect(stdout).toContain(`Meta  Serf tags: dc=east, role=lb  (${meta})`);
});

test('a name from the network cannot write on the terminal', async () => {
  const { stdout } = await decode(['0381a44e6f6465a51b5b324a78']);
  expect(stdout).toContain('Node  "\\x1b[2Jx"');
});

test('the JSON document has the tree, the failures and what values stand for', async () => {
  const { config, packet } = packets.find(({ name }) => name === 'single-encv1-crcfalse-compfalse')!;
  const good = JSON.parse((await decode(['--json', '--key', config.key!, packet])).stdout) as Record<string, unknown>;
  expect(good).toMatchObject({
    schema: 'hearsay/packet-decode/1',
    channel: 'packet',
    ok: true,
    failures: [],
    dissection: {
      layer: 'encryption',
      version: 1,
      keyIndex: 0,
      content: {
        layer: 'message',
        name: 'ping',
        struct: {
          fields: [
            { name: 'Node', value: 'node-b' },
            { name: 'SeqNo', value: 42 },
            { name: 'SourceAddr', value: 'c0000211', means: '192.0.2.17' },
            { name: 'SourceNode' },
            { name: 'SourcePort' },
          ],
        },
      },
    },
  });
  const bad = await decode(['--json', '06']);
  expect(bad.code).toBe(2);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    ok: false,
    failures: [{ layer: 'unreadable', reason: 'unknown-type', offset: 0 }],
  });
});

test('bytes come from a file or standard input, raw or in hex', async () => {
  const bytes = Buffer.from('0b81a55365714e6f05', 'hex');
  const expected = await decode([bytes.toString('hex')]);
  expect(expected.stdout).toContain('nack');
  writeFileSync(join(folder, 'raw'), bytes);
  writeFileSync(join(folder, 'hex'), '0b81 a553 6571\n4e6f 05\n');
  expect(await decode(['--file', join(folder, 'raw')])).toEqual(expected);
  expect(await decode(['--file', join(folder, 'hex')])).toEqual(expected);
  expect(await decode([], bytes)).toEqual(expected);
  expect(await decode(['--file=-'], bytes)).toEqual(expected);
});

test.each([
  [['xyz'], 'not hex, or an odd number of digits: xyz'],
  [['abc'], 'not hex, or an odd number of digits: abc'],
  [[], 'give the bytes in hex, with --file, or on standard input'],
  [['00', '--file', 'x'], 'give the bytes in hex or with --file, not both'],
  [['--file', '/no/such/file'], "ENOENT: no such file or directory, open '/no/such/file'"],
  [['--key', 'abc', '00'], '--key: the key is 2 bytes long; it must be 16, 24 or 32'],
])('%j is one clear line on standard error', async (args, message) => {
  const { code, stdout, stderr } = await decode(args);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.startsWith(`hearsay packet decode: ${message}`)).toBe(true);
  expect(stderr.match(/\n/g)).toHaveLength(1);
});
