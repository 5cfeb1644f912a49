/**
 * What OpenFeature asks of a provider: the scenarios of appendix F of its specification ("Provider Conformance",
 * experimental), told in our words and run by the SDK's own client. The backend is another node of the pool.
 *
 * Of its capabilities these are declared: events, lifecycle, stale, configuration-change, object, variants, disabled-flags,
 * unavailable, large-integers, reinitialization, targeting, standard-reasons, string-typing, fully-typed-values. Not
 * declared: numeric-coercion (JavaScript has one type of numbers), caching (reserved there, and nothing is cached).
 */
import {
  ErrorCode,
  OpenFeature,
  ProviderEvents,
  ProviderStatus,
  type Client,
  type EvaluationDetails,
  type JsonValue,
} from '@openfeature/server-sdk';
import { createCluster, type Cluster } from 'hearsay';
import { flagKey, type Flag, type FlagValue } from 'hearsay/flags';
import { HearsayProvider } from 'hearsay/openfeature';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/interop/support/eventually.ts';

const gossip = { periodMs: 100 };
const plain = (variants: Flag['variants'], defaultVariant: string): Flag => ({ variants, defaultVariant });
const onOff = plain({ on: true, off: false }, 'on');
const flags: Readonly<Record<string, Flag>> = {
  bool: onOff,
  text: plain({ hello: 'hello', bye: 'bye' }, 'hello'),
  whole: plain({ one: 1, seven: 7 }, 'seven'),
  fraction: plain({ tenth: 0.1, half: 0.5 }, 'half'),
  map: plain({ none: {}, page: { title: 'Pictures', count: 100, isLarge: true } }, 'page'),
  no: plain({ no: false, yes: true }, 'no'),
  zero: plain({ none: 0, one: 1 }, 'none'),
  empty: plain({ empty: '', full: 'x' }, 'empty'),
  int32: plain({ max: 2_147_483_647 }, 'max'),
  safe: plain({ max: Number.MAX_SAFE_INTEGER }, 'max'),
  'off-bool': { ...onOff, enabled: false },
  'off-text': { ...plain({ hello: 'hello' }, 'hello'), enabled: false },
  'off-number': { ...plain({ seven: 7 }, 'seven'), enabled: false },
  targeted: {
    ...plain({ hit: 'hit', miss: 'miss' }, 'miss'),
    rules: [{ when: [{ attribute: 'targetingKey', equals: 'user-1' }], serve: 'hit' }],
  },
};

let backend: Cluster;
let app: Cluster;

beforeAll(async () => {
  backend = await createCluster({ name: 'backend', bind: '127.0.0.1:0', profile: 'local', kv: gossip });
  for (const [name, flag] of Object.entries(flags)) await backend.kv.shared.put(flagKey(name), flag);
  app = await memberBeside(backend, 'app');
  await OpenFeature.setProviderAndWait(new HearsayProvider(app));
});

afterAll(async () => {
  await OpenFeature.close();
  await Promise.all([app.close(), backend.close()]);
});

describe('evaluation', () => {
  test.each<[name: string, defaultValue: FlagValue, value: FlagValue, variant: string]>([
    ['bool', false, true, 'on'],
    ['text', 'mine', 'hello', 'hello'],
    ['whole', 1, 7, 'seven'],
    ['fraction', 0.1, 0.5, 'half'],
    ['no', true, false, 'no'],
    ['zero', 1, 0, 'none'],
    ['empty', 'mine', '', 'empty'],
    ['int32', 1, 2_147_483_647, 'max'],
    ['safe', 1, 9_007_199_254_740_991, 'max'],
    ['map', {}, { title: 'Pictures', count: 100, isLarge: true }, 'page'],
  ])(
    '%s resolves to its value, variant and reason, without a trace of an error',
    async (name, defaultValue, value, variant) => {
      for (const context of [undefined, { targetingKey: 'user-9', plan: 'team' }]) {
        const details = await detailsOf(name, defaultValue, context);
        expect(details).toEqual({ flagKey: name, value, variant, reason: 'STATIC', flagMetadata: {} });
      }
    },
  );

  test.each<[string, FlagValue]>([
    ['off-bool', false],
    ['off-text', 'mine'],
    ['off-number', 1],
  ])('%s, which is off, resolves to the default that was given', async (name, defaultValue) => {
    const details = await detailsOf(name, defaultValue);
    expect(details).toEqual({ flagKey: name, value: defaultValue, reason: 'DISABLED', flagMetadata: {} });
  });

  test('a rule sees the context, and one that does not match is no error', async () => {
    const resolved = async (context?: { targetingKey: string }): Promise<unknown[]> => {
      const { value, reason, errorCode } = await detailsOf('targeted', 'mine', context);
      return [value, reason, errorCode];
    };
    expect(await resolved({ targetingKey: 'user-1' })).toEqual(['hit', 'TARGETING_MATCH', undefined]);
    expect(await resolved({ targetingKey: 'user-2' })).toEqual(['miss', 'DEFAULT', undefined]);
    expect(await resolved()).toEqual(['miss', 'DEFAULT', undefined]);
  });
});

describe('errors', () => {
  const defaults: readonly FlagValue[] = [false, 'mine', 1, { mine: true }];
  const typeName = (value: FlagValue): string => typeof value;

  test.each(['bool', 'text', 'whole', 'fraction', 'map'])(
    '%s asked for as anything else gives the default, and says what is wrong',
    async (name) => {
      const flag = flags[name]!;
      for (const defaultValue of defaults) {
        if (typeName(defaultValue) === typeName(flag.variants[flag.defaultVariant]!)) continue;
        const details = await detailsOf(name, defaultValue);
        expect(details).toMatchObject({ value: defaultValue, reason: 'ERROR', errorCode: ErrorCode.TYPE_MISMATCH });
      }
    },
  );

  test.each(['no-such-flag', '', 'a\nb', 'x'.repeat(10_000), '__proto__'])('there is no flag %j', async (name) => {
    for (const defaultValue of defaults) {
      const details = await detailsOf(name, defaultValue);
      expect(details).toMatchObject({ value: defaultValue, reason: 'ERROR', errorCode: ErrorCode.FLAG_NOT_FOUND });
    }
  });
});

describe('events and lifecycle', () => {
  const closing: Cluster[] = [];
  afterEach(async () => {
    await OpenFeature.clearProviders();
    OpenFeature.clearHandlers();
    await Promise.all(closing.splice(0).map((node) => node.close()));
  });

  test('the provider has a name, and says that it is for servers', () => {
    const { metadata, runsOn } = new HearsayProvider(app);
    expect([metadata.name, runsOn]).toEqual(['hearsay', 'server']);
  });

  test('a change is told with the name of the flag, and applies', async () => {
    await OpenFeature.setProviderAndWait('changes', new HearsayProvider(app));
    const client = OpenFeature.getClient('changes');
    const changed: string[] = [];
    client.addHandler(
      ProviderEvents.ConfigurationChanged,
      (event) => void changed.push(...(event?.flagsChanged ?? [])),
    );
    expect(await client.getStringValue('changing', 'unset')).toBe('unset');
    for (const variant of ['a', 'b']) {
      await backend.kv.shared.put(flagKey('changing'), plain({ a: 'A', b: 'B' }, variant));
      await eventually(`it is told that ${variant} is served`, () => changed.splice(0), includes('changing'));
      expect(await client.getStringDetails('changing', 'unset')).toMatchObject({ variant, reason: 'STATIC' });
    }
    await backend.kv.shared.delete(flagKey('changing'));
    await eventually('it is told that the flag is gone', () => changed.splice(0), includes('changing'));
    expect(await client.getStringValue('changing', 'unset')).toBe('unset');
  });

  test('a provider that loses all others is stale, goes on, and is ready again when one comes back', async () => {
    const first = await memberBeside(undefined, 'first');
    await first.kv.shared.put(flagKey('bool'), onOff);
    const node = await memberBeside(first, 'node');
    closing.push(node);
    const { client, told } = await clientOf('stale', new HearsayProvider(node, { staleAfterMs: 2_000 }));
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    await first.close();
    await eventually('it is stale', () => client.providerStatus, is(ProviderStatus.STALE));
    expect(await client.getBooleanDetails('bool', false)).toMatchObject({
      value: true,
      reason: 'STALE',
      flagMetadata: { evaluation: 'STATIC' },
    });
    const second = await memberBeside(node, 'second');
    closing.push(second);
    await eventually('it is ready', () => client.providerStatus, is(ProviderStatus.READY));
    expect(await client.getBooleanDetails('bool', false)).toMatchObject({ value: true, reason: 'STATIC' });
    expect(told.slice(-3)).toEqual(['ready', 'stale', 'ready']);
  });

  test('a provider without any other and without flags fails promptly, serves defaults, and is ready when one comes', async () => {
    const lonely = await memberBeside(undefined, 'lonely');
    closing.push(lonely);
    const { client, told } = await clientOf('lonely', undefined);
    await expect(
      OpenFeature.setProviderAndWait('lonely', new HearsayProvider(lonely, { waitMs: 300 })),
    ).rejects.toThrow("no other member's state was received within 300 ms, and no flags are known");
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanDetails('bool', false)).toMatchObject({ value: false, reason: 'ERROR' });
    const other = await memberBeside(lonely, 'other');
    closing.push(other);
    await eventually('it is ready', () => client.providerStatus, is(ProviderStatus.READY));
    expect(told).toEqual(['error', 'ready']);
  });

  test('a provider can be closed twice, begins anew, and says so while it is closed', async () => {
    const provider = new HearsayProvider(app);
    await provider.initialize();
    expect(await provider.resolveBooleanEvaluation('bool', false, {})).toMatchObject({ value: true });
    await provider.onClose();
    await provider.onClose();
    expect(await provider.resolveBooleanEvaluation('bool', false, {})).toMatchObject({
      value: false,
      errorCode: ErrorCode.PROVIDER_NOT_READY,
    });
    await provider.initialize();
    expect(await provider.resolveBooleanEvaluation('bool', false, {})).toMatchObject({ value: true });
    await provider.onClose();
  });

  test('a provider whose cluster is closed says that it is in error, and goes on with what it has', async () => {
    const node = await memberBeside(backend, 'leaver');
    const { client, told } = await clientOf('leaver', new HearsayProvider(node));
    await node.close();
    await eventually('it is in error', () => client.providerStatus, is(ProviderStatus.ERROR));
    expect(told).toEqual(['ready', 'error']);
    expect(await client.getBooleanDetails('bool', false)).toMatchObject({ value: true, reason: 'STALE' });
  });
});

/** A member of the pool that `known` is in, or of a new one. */
function memberBeside(known: Cluster | undefined, name: string): Promise<Cluster> {
  const seeds = known === undefined ? [] : [`127.0.0.1:${known.address.port}`];
  return createCluster({ name, bind: '127.0.0.1:0', profile: 'local', seeds, kv: gossip });
}

/** A client of a domain, and what it is told of its provider's state. */
async function clientOf(
  domain: string,
  provider: HearsayProvider | undefined,
): Promise<{ client: Client; told: string[] }> {
  const client = OpenFeature.getClient(domain);
  const told: string[] = [];
  if (provider !== undefined) await OpenFeature.setProviderAndWait(domain, provider);
  client.addHandler(ProviderEvents.Ready, () => void told.push('ready'));
  client.addHandler(ProviderEvents.Stale, () => void told.push('stale'));
  client.addHandler(ProviderEvents.Error, () => void told.push('error'));
  return { client, told };
}

/** Asks by the method that fits the type of the default value. */
async function detailsOf(name: string, defaultValue: FlagValue, context = {}): Promise<EvaluationDetails<JsonValue>> {
  const client = OpenFeature.getClient();
  switch (typeof defaultValue) {
    case 'boolean':
      return client.getBooleanDetails(name, defaultValue, context);
    case 'string':
      return client.getStringDetails(name, defaultValue, context);
    case 'number':
      return client.getNumberDetails(name, defaultValue, context);
    default:
      return client.getObjectDetails(name, defaultValue as never, context);
  }
}

function is(wanted: ProviderStatus): (status: ProviderStatus) => boolean {
  return (status) => status === wanted;
}

function includes(name: string): (names: readonly string[]) => boolean {
  return (names) => names.includes(name);
}
