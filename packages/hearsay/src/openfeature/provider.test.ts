import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode, OpenFeature, ProviderEvents, ProviderStatus, type Hook } from '@openfeature/server-sdk';
import { createCluster, type Cluster } from 'hearsay';
import { flagKey, type Flag } from 'hearsay/flags';
import { afterAll, afterEach, expect, test } from 'vitest';
import { eventually } from '../../../../test/interop/support/eventually.ts';
import { HearsayProvider } from './provider.ts';

const onOff: Flag = { variants: { on: true, off: false }, defaultVariant: 'on' };
const open: Cluster[] = [];
const folder = mkdtempSync(join(tmpdir(), 'hearsay-provider-'));

afterEach(async () => {
  await OpenFeature.clearProviders();
  OpenFeature.clearHandlers();
  await Promise.all(open.splice(0).map((node) => node.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function member(name: string, seeds: readonly Cluster[] = []): Promise<Cluster> {
  const node = await createCluster({
    name,
    bind: '127.0.0.1:0',
    profile: 'local',
    seeds: seeds.map(({ address }) => `127.0.0.1:${address.port}`),
    kv: { periodMs: 100 },
  });
  open.push(node);
  return node;
}

test('a node that is alone on purpose is ready at once, and serves what it has just written', async () => {
  const node = await member('alone');
  const provider = new HearsayProvider(node, { expectsPeers: false });
  await provider.initialize();
  await node.kv.shared.put(flagKey('new'), onOff);
  expect(await provider.resolveBooleanEvaluation('new', false, {})).toMatchObject({ value: true, reason: 'STATIC' });
  await provider.onClose();
});

test('from the first provider on, its node writes no flag that cannot be read', async () => {
  const node = await member('alone');
  void new HearsayProvider(node);
  void new HearsayProvider(node);
  await expect(node.kv.shared.put(flagKey('bad'), { variants: {} })).rejects.toMatchObject({ code: 'ERR_KV_SCHEMA' });
});

test('a bootstrap file serves until the map of another was received, as stale, and never after', async () => {
  const bootstrapFile = join(folder, 'flags.json');
  writeFileSync(bootstrapFile, JSON.stringify({ first: onOff, second: onOff }));
  const node = await member('node');
  await OpenFeature.setProviderAndWait(new HearsayProvider(node, { bootstrapFile, waitMs: 0 }));
  const client = OpenFeature.getClient();
  await eventually(
    'it is stale',
    () => client.providerStatus,
    (status) => status === ProviderStatus.STALE,
  );
  expect(await client.getBooleanDetails('first', false)).toMatchObject({ value: true, reason: 'STALE' });

  const changed: (readonly string[] | undefined)[] = [];
  client.addHandler(ProviderEvents.ConfigurationChanged, (event) => void changed.push(event?.flagsChanged));
  const other = await member('other', [node]);
  await other.kv.shared.put(flagKey('second'), { ...onOff, defaultVariant: 'off' });
  await eventually(
    'it is ready',
    () => client.providerStatus,
    (status) => status === ProviderStatus.READY,
  );
  await eventually(
    'the flag has come',
    () => client.getBooleanValue('second', true),
    (value) => !value,
  );
  expect(await client.getBooleanDetails('first', false)).toMatchObject({ errorCode: ErrorCode.FLAG_NOT_FOUND });
  expect(new Set(changed.flat())).toEqual(new Set(['first', 'second']));
});

test('a node that is alone on purpose serves from its bootstrap file what it does not have', async () => {
  const bootstrapFile = join(folder, 'alone.json');
  writeFileSync(bootstrapFile, JSON.stringify({ first: onOff, second: onOff }));
  const node = await member('alone');
  const provider = new HearsayProvider(node, { expectsPeers: false, bootstrapFile });
  await provider.initialize();
  await node.kv.shared.put(flagKey('second'), { ...onOff, defaultVariant: 'off' });
  expect(await provider.resolveBooleanEvaluation('first', false, {})).toMatchObject({ value: true, reason: 'STALE' });
  expect(await provider.resolveBooleanEvaluation('second', true, {})).toMatchObject({ value: false, reason: 'STATIC' });
  await provider.onClose();
});

test('a bootstrap file that is wrong fails the initialization, also where it is not needed', async () => {
  const node = await member('alone');
  const provider = new HearsayProvider(node, { expectsPeers: false, bootstrapFile: join(folder, 'none.json') });
  await expect(provider.initialize()).rejects.toMatchObject({ code: 'ERR_FILE' });
});

test('a document that cannot be read is a parse error, or the last that could be read, as stale', async () => {
  const writer = await member('writer');
  const node = await member('node', [writer]);
  await OpenFeature.setProviderAndWait(new HearsayProvider(node));
  const client = OpenFeature.getClient();
  // The writer has no schema: an older or another program.
  await writer.kv.shared.put(flagKey('bad'), { variants: { on: 1 } });
  const isParseError = ({ errorCode }: { errorCode?: ErrorCode }): boolean => errorCode === ErrorCode.PARSE_ERROR;
  const details = await eventually('it is an error', () => client.getBooleanDetails('bad', false), isParseError);
  expect(details.errorMessage).toContain('defaultVariant: is missing, and must name a variant (on)');

  await writer.kv.shared.put(flagKey('bad'), onOff);
  const isStatic = ({ reason }: { reason?: string }): boolean => reason === 'STATIC';
  await eventually('it is mended', () => client.getBooleanDetails('bad', false), isStatic);
  await writer.kv.shared.put(flagKey('bad'), 'rubbish');
  const isStale = ({ reason }: { reason?: string }): boolean => reason === 'STALE';
  const last = await eventually('it is the last', () => client.getBooleanDetails('bad', false), isStale);
  expect(last.value).toBe(true);
  await writer.kv.shared.delete(flagKey('bad'));
  const isGone = ({ errorCode }: { errorCode?: ErrorCode }): boolean => errorCode === ErrorCode.FLAG_NOT_FOUND;
  await eventually('it is gone', () => client.getBooleanDetails('bad', false), isGone);
});

test("rules can ask for the member, which the provider's own hook adds to the context", async () => {
  const node = await member('shop-1');
  const seen: unknown[] = [];
  const hook: Hook = {
    before: ({ context }) => void seen.push(context['node']),
    finally: () => void seen.push('over'),
  };
  await OpenFeature.setProviderAndWait(new HearsayProvider(node, { expectsPeers: false, hooks: [hook] }));
  const rules = [{ when: [{ attribute: 'node', equals: 'shop-1' }], serve: 'off' }];
  await node.kv.shared.put(flagKey('canary'), { ...onOff, rules });
  const client = OpenFeature.getClient();
  expect(await client.getBooleanDetails('canary', true)).toMatchObject({
    value: false,
    reason: 'TARGETING_MATCH',
    flagMetadata: { ruleIndex: 0 },
  });
  expect(await client.getBooleanValue('canary', false, { node: 'mine' })).toBe(true);
  expect(seen).toEqual(['shop-1', 'over', 'mine', 'over']);
});

test('what an object flag serves cannot be changed by who reads it', async () => {
  const node = await member('alone');
  const provider = new HearsayProvider(node, { expectsPeers: false });
  await provider.initialize();
  await node.kv.shared.put(flagKey('page'), { variants: { a: { sizes: [1, 2] } }, defaultVariant: 'a' });
  const { value } = await provider.resolveObjectEvaluation<{ sizes: number[] }>('page', { sizes: [] }, {});
  expect(() => value.sizes.push(3)).toThrow(TypeError);
  await provider.onClose();
});

test('changes that come together are told together', async () => {
  const writer = await member('writer');
  const node = await member('node', [writer]);
  const provider = new HearsayProvider(node);
  await provider.initialize();
  const told: (readonly string[] | undefined)[] = [];
  provider.events.addHandler(ProviderEvents.ConfigurationChanged, (event) => {
    told.push((event as { flagsChanged?: string[] } | undefined)?.flagsChanged);
  });
  const names = Array.from({ length: 50 }, (_, index) => `flag-${index}`);
  await Promise.all(names.map((name) => node.kv.shared.put(flagKey(name), onOff)));
  await eventually(
    'all are told',
    () => told.flat().length,
    (count) => count >= 50,
  );
  expect(told.length).toBeLessThan(5);
  expect(new Set(told.flat())).toEqual(new Set(names));
  await provider.onClose();
});

test('wrong options are refused', async () => {
  const node = await member('alone');
  const cases: readonly [object, string][] = [
    [{ staleAfterMs: 999 }, 'staleAfterMs is 999, it must be from 1000 to 86400000'],
    [{ waitMs: -1 }, 'waitMs is -1, it must be from 0 to 600000'],
    [{ waitMs: '1' }, 'waitMs is 1, it must be a number'],
    [{ expectsPeers: 1 }, 'expectsPeers is 1, it must be true or false'],
    [{ bootstrapFile: 7 }, 'bootstrapFile is 7, it must be a path'],
    [{ hooks: {} }, 'hooks must be a list'],
    [{ stale: 1 }, 'stale is no option of HearsayProvider'],
  ];
  for (const [options, message] of cases) {
    expect(() => new HearsayProvider(node, options)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG', message }) as Error,
    );
  }
  node.kv.define('flags/*', { invalid: 'raw' });
  expect(() => new HearsayProvider(node)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }) as Error);
});
