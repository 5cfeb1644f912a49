import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../../test/golden/vectors.ts';
import { readVectors } from '../../../../test/support/vectors.ts';
import { SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { PacketCodec, StreamCodec, type Alive, type Dead, type NodeEntry, type Suspect } from '../wire/index.ts';
import { AllowedNetworks } from './allowed-networks.ts';
import { BroadcastQueue, type QueuedHow } from './broadcast-queue.ts';
import { swimPresets } from './config.ts';
import { silentDelegate, type Delegate } from './delegate.ts';
import { EvidenceRecorder } from './evidence/recorder.ts';
import { Health } from './health.ts';
import { Herald } from './herald.ts';
import { MemberList } from './member-list.ts';
import { Member, toView, type MemberState } from './member.ts';
import { Membership } from './membership.ts';
import { Outbox } from './outbox.ts';
import { OwnRecord } from './own-record.ts';
import { PushPull } from './push-pull.ts';
import { ReceiveGaps } from './receive-gaps.ts';
import { swimRuleSets, type SwimRules } from './rules.ts';
import { Rumors } from './rumors.ts';
import { SharedMembers } from './shared-members.ts';
import { SwimStats } from './stats.ts';
import { Strangers } from './strangers.ts';
import { Streams } from './streams.ts';
import { suspicionTimeoutMs } from './timing.ts';
import { versionsAgree } from './versions.ts';

// The state machine of memberlist, step by step: input, events, what is queued for broadcast, and the state after.

interface NodeState {
  readonly name: string;
  readonly addr: string | null;
  readonly port: number;
  readonly meta: string | null;
  readonly incarnation: number;
  readonly state: MemberState;
  readonly vsn: string;
  readonly suspicion?: {
    readonly confirmed: number;
    readonly excluded_or_counted_from: readonly string[];
    readonly k: number;
    readonly max_ns: number;
    readonly min_ns: number;
  };
}

interface State {
  readonly health_score: number;
  readonly known_nodes: number;
  readonly own_incarnation_counter: number;
  readonly nodes: readonly NodeState[];
}

interface EventNode {
  readonly addr: string | null;
  readonly meta: string | null;
  readonly name: string;
  readonly port: number;
}

interface Step {
  readonly op: 'alive' | 'suspect' | 'dead' | 'merge' | 'leave' | 'update-meta' | 'age' | 'reap';
  readonly message?: Record<string, string | number | null>;
  readonly node?: string;
  readonly set_state_change_ns_ago?: number;
  readonly entries?: readonly Record<string, string | number | null>[];
  readonly join?: boolean;
  readonly accepted?: boolean;
  readonly meta?: string;
  readonly events?: readonly {
    readonly event: string;
    readonly node?: EventNode;
    readonly existing?: EventNode;
    readonly other?: EventNode;
  }[];
  readonly queued?: readonly { readonly queue_name: string; readonly hex: string }[];
  readonly after?: State;
  /** The old library dies of it. */
  readonly outcome?: 'panic';
}

interface Vector {
  readonly name: string;
  readonly from: readonly string[];
  readonly start: State;
  readonly steps: readonly Step[];
  readonly alive_delegate_rejects?: readonly string[];
  readonly merge_delegate_rejects?: boolean;
  readonly cidrs_allowed?: string;
}

/** Names of vectors that we do not follow to the letter, and why; each has its own test below. */
const departures: Record<string, string> = {
  'self-incarnation-overflow': 'the counter never wraps',
  'vsn-short-2-new': 'vectors of other lengths than six are not passed on',
  'vsn-short-5-new': 'vectors of other lengths than six are not passed on',
  'alive-new-incarnation-0': 'no member begins at 0',
  'empty-name': 'a member without a name is refused',
  'addr-odd-length': 'a member that could never be probed is refused',
  'meta-too-long': 'what would fit into no packet is refused',
  'reap-old': 'nodes that left are reaped, as since memberlist 0.3.1',
};

/** The rules with everything below them, a scripted clock, and a world that swallows what is sent. */
class Machine {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly members: MemberList;
  readonly membership: Membership;
  readonly own: OwnRecord;
  readonly health: Health;
  readonly stats: SwimStats = new SwimStats();
  readonly events: unknown[] = [];
  readonly queued: { name: string; hex: string }[] = [];
  readonly queue: BroadcastQueue = new RecordingQueue(() => 4, this.queued);
  readonly #pushPull: PushPull;

  constructor(
    vector: Pick<Vector, 'alive_delegate_rejects' | 'merge_delegate_rejects' | 'cidrs_allowed'>,
    reclaimMs: number = 0,
    rules: SwimRules = swimRuleSets.memberlist,
  ) {
    // Far from zero, so that a state change can be dated back.
    this.clock.advanceTo(10_000_000);
    const config = { ...swimPresets.lan, deadNodeReclaimMs: reclaimMs };
    const rng = new SeededRng(1);
    const env = {
      clock: this.clock,
      timers: this.timers,
      rng,
      aead: undefined,
      fillRandom: () => undefined,
      trace: undefined,
    };
    const effects = {
      sendPacket: () => undefined,
      openStream: () => undefined,
      writeStream: () => undefined,
      closeStream: () => undefined,
    };
    const delegate = this.#delegate(vector);
    const { stats, clock, queue } = this;
    const wireConfig = {
      label: '',
      compression: false,
      encryptionVersion: 1,
      verifyIncoming: true,
      verifyOutgoing: true,
      skipInboundLabelCheck: false,
    } as const;
    const codec = new PacketCodec(wireConfig, undefined, undefined, env.fillRandom);
    const { packetMaxBytes, membershipShare, streamTimeoutMs } = config;
    const outbox = new Outbox({ codec, queue, delegate, effects, stats, packetMaxBytes, membershipShare });
    const rumors = new Rumors({ queue, rules, copies: { saving: 1 }, clock, onQueued: () => undefined });
    const herald = new Herald({ isOn: rules.reassertion, selfName: 'self', outbox, rumors, clock, stats });
    this.health = new Health(config.awarenessMaxMultiplier, env);
    this.members = new MemberList('self', rng);
    const self = new Member('self');
    self.addr = fromHex('c0000201');
    self.port = 7946;
    self.vsn = fromHex('010502000000');
    const { members, health } = this;
    const evidence = new EvidenceRecorder(clock, config.probeIntervalMs);
    const parts = { config, rules, self, members, rumors, herald, health, delegate, evidence, env, stats };
    this.own = new OwnRecord(parts);
    const allowedNetworks =
      vector.cidrs_allowed === undefined ? undefined : new AllowedNetworks([vector.cidrs_allowed]);
    const gaps = new ReceiveGaps(rules.frozenSuspicions, clock, members, config.probeIntervalMs);
    this.membership = new Membership({ ...parts, own: this.own, gaps, bindPort: 7946, allowedNetworks });
    const streamCodec = new StreamCodec(wireConfig, undefined, undefined, env.fillRandom);
    const streams = new Streams({
      codec: streamCodec,
      effects,
      env,
      stats,
      strangers: new Strangers(env.clock, () => undefined),
      streamTimeoutMs,
      onRequest: () => undefined,
    });
    this.#pushPull = new PushPull({ ...parts, membership: this.membership, streams });
    this.own.start(fromHex('6f776e'));
    this.forgetWhatHappened();
  }

  runForMs(spanMs: number): void {
    this.clock.advanceTo(this.clock.nowMs + spanMs);
    this.timers.fireDue(this.clock.nowMs);
  }

  forgetWhatHappened(): void {
    this.events.length = 0;
    this.queued.length = 0;
  }

  run(step: Step): void {
    switch (step.op) {
      case 'alive':
        return this.membership.receiveAlive(toAlive(step.message!), undefined);
      case 'suspect':
        return this.membership.receiveSuspect(toAccusation(step.message!), undefined);
      case 'dead':
        return this.membership.receiveDead(toAccusation(step.message!), undefined);
      case 'merge':
        expect(this.merge(step.entries!.map(toEntry), step.join), 'accepted').toBe(step.accepted);
        return;
      case 'leave':
        return this.own.leave(() => undefined);
      case 'update-meta':
        return this.own.announce(fromHex(step.meta!));
      case 'age': {
        const member = this.members.get(step.node!)!;
        const agoMs = step.set_state_change_ns_ago! / 1e6;
        return this.members.setState(member, member.state, this.clock.nowMs - agoMs);
      }
      case 'reap':
        return this.membership.reap();
    }
  }

  /** False when the exchange is refused. */
  merge(entries: readonly NodeEntry[], join: boolean = false): boolean {
    const refusedBefore = this.stats.mergesRefused;
    const request = { type: 'push-pull', join, entries, userState: new Uint8Array(0) } as const;
    this.#pushPull.answer(request, { host: '192.0.2.9', port: 7946 }).afterwards!();
    return this.stats.mergesRefused === refusedBefore;
  }

  state(): State {
    const nodes = [...this.members.members]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((member) => this.#show(member));
    return {
      health_score: this.health.score,
      known_nodes: this.members.count,
      own_incarnation_counter: this.own.member.incarnation,
      nodes,
    };
  }

  #show(member: Member): NodeState {
    const { addr, name, port, incarnation, state } = member;
    const { versions } = toView(member);
    const vsn = toHex(Uint8Array.of(...Object.values(versions)));
    const shown = {
      name,
      addr: toHex(addr),
      port,
      meta: toHex(member.meta ?? new Uint8Array(0)),
      incarnation,
      state,
      vsn,
    };
    const { suspicion } = member;
    if (suspicion === undefined) return shown;
    const timeoutMs = suspicion.deadlineMs - suspicion.startedAtMs;
    const excluded = [...suspicion.accusers].sort();
    // How many confirmations are wanted shows in how long the suspicion lasts.
    const k = [2, 0].find((wanted) => timeoutMs === timeoutFor(suspicion.confirmationCount, wanted));
    return {
      ...shown,
      suspicion: {
        confirmed: suspicion.confirmationCount,
        excluded_or_counted_from: excluded,
        k: k!,
        max_ns: 24e9,
        min_ns: 4e9,
      },
    };
  }

  #delegate(vector: Pick<Vector, 'alive_delegate_rejects' | 'merge_delegate_rejects'>): Delegate {
    const rejected = vector.alive_delegate_rejects;
    return {
      ...silentDelegate,
      onMemberEvent: ({ type, member }) => {
        if (type !== 'reap') this.events.push({ event: type === 'failed' ? 'leave' : type, node: eventNode(member) });
      },
      onConflict: (existing, other) =>
        this.events.push({ event: 'conflict', existing: eventNode(existing), other: eventNode(other) }),
      ...(rejected !== undefined && { acceptAlive: (member) => !rejected.includes(member.name) }),
      ...(vector.merge_delegate_rejects === true && { acceptMerge: () => false }),
    };
  }
}

class RecordingQueue extends BroadcastQueue {
  readonly #queued: { name: string; hex: string }[];

  constructor(limit: () => number, queued: { name: string; hex: string }[]) {
    super(limit);
    this.#queued = queued;
  }

  override queueNamed(name: string, message: Uint8Array, onFinished?: () => void, how?: QueuedHow): void {
    this.#queued.push({ name, hex: toHex(message) });
    super.queueNamed(name, message, onFinished, how);
  }
}

function timeoutFor(confirmations: number, wanted: number): number {
  if (wanted === 0) return 4_000;
  return confirmations === 0 ? 24_000 : suspicionTimeoutMs(confirmations, wanted, 4_000, 24_000);
}

function bytes(value: string | number | null | undefined): Uint8Array | null {
  return typeof value === 'string' ? fromHex(value) : null;
}

function toAlive(m: Record<string, string | number | null>): Alive {
  return {
    incarnation: m.Incarnation as number,
    node: m.Node as string,
    addr: bytes(m.Addr),
    port: m.Port as number,
    meta: bytes(m.Meta),
    vsn: bytes(m.Vsn),
  };
}

function toAccusation(m: Record<string, string | number | null>): Suspect & Dead {
  return { incarnation: m.Incarnation as number, node: m.Node as string, from: m.From as string };
}

function toEntry(m: Record<string, string | number | null>): NodeEntry {
  return { ...toAlive({ ...m, Node: m.Name! }), name: m.Name as string, state: m.State as number };
}

function eventNode(member: Member): EventNode {
  return {
    addr: toHex(member.addr),
    meta: toHex(member.meta ?? new Uint8Array(0)),
    name: member.name,
    port: member.port,
  };
}

/** Nil and empty are the same; the vectors tell them apart. */
function normalized<Shown extends { addr: string | null; meta: string | null }>(
  shown: Shown | undefined,
): Shown | undefined {
  return shown && { ...shown, addr: shown.addr ?? '', meta: shown.meta ?? '' };
}

function expectState(machine: Machine, expected: State): void {
  expect(machine.state()).toEqual({ ...expected, nodes: expected.nodes.map((node) => normalized(node)) });
}

function expectStep(machine: Machine, step: Step): void {
  machine.forgetWhatHappened();
  machine.run(step);
  const events = step.events!.map(({ event, node, existing, other }) =>
    event === 'conflict'
      ? { event, existing: normalized(existing), other: normalized(other) }
      : { event, node: normalized(node) },
  );
  expect(machine.events).toEqual(events);
  // memberlist queues refutations under its own address; under the name they replace what they make obsolete.
  const queued = step.queued!.map(({ queue_name, hex }) => ({
    name: queue_name === '192.0.2.1' ? 'self' : queue_name,
    hex,
  }));
  expect(machine.queued).toEqual(queued);
  expectState(machine, step.after!);
}

const vectors = readVectors<Vector>('state-machine');

describe('memberlist state machine', () => {
  const followed = vectors.filter(
    (vector) => !(vector.name in departures) && vector.steps.every((s) => s.outcome !== 'panic'),
  );

  test.each(followed.map((vector) => [vector.name, vector] as const))('%s', (name, vector) => {
    const machine = new Machine(vector, name === 'dead-address-reclaim' ? 30_000 : 0);
    expectState(machine, vector.start);
    for (const step of vector.steps) expectStep(machine, step);
  });

  test('there are 52 vectors, and those not followed are known', () => {
    expect(vectors.length).toBe(52);
    const others = vectors.filter((vector) => !followed.includes(vector)).map((vector) => vector.name);
    expect(others.sort()).toEqual([...Object.keys(departures), 'vsn-short-2-old', 'vsn-short-5-old'].sort());
  });
});

function vectorNamed(name: string): Vector {
  return vectors.find((vector) => vector.name === name)!;
}

test('with the sharp rules a suspicion that comes with a comparison of states is told to the suspect alone', () => {
  const merge = vectorNamed('merge-states').steps.find((step) => step.op === 'merge')!;
  const machine = new Machine({}, 0, swimRuleSets.sharp);
  machine.run({ ...merge, entries: merge.entries!.slice(0, 4).map((entry) => ({ ...entry, State: 0 })) });
  machine.forgetWhatHappened();
  const told = machine.stats.directMessagesSent;
  machine.run({ ...merge, entries: merge.entries!.filter(({ Name }) => Name === 's') });
  expect(machine.members.get('s')!.state).toBe('suspect');
  expect(machine.queued).toEqual([]);
  expect(machine.stats.directMessagesSent).toBe(told + 1);
  // The same again confirms nothing.
  machine.run({ ...merge, entries: merge.entries!.filter(({ Name }) => Name === 's') });
  expect(machine.members.get('s')!.suspicion!.confirmationCount).toBe(0);
  expect(machine.queued).toEqual([]);
});

test.each([
  ['self', 'and to all', 1],
  ['another', 'but not to all', 0],
])('what %s alone says is told to the suspect %s once more two seconds before the end', (accuser, _, queuedCount) => {
  const merge = vectorNamed('merge-states').steps.find((step) => step.op === 'merge')!;
  const machine = new Machine({}, 0, swimRuleSets.sharp);
  machine.run({ ...merge, entries: merge.entries!.slice(0, 4).map((entry) => ({ ...entry, State: 0 })) });
  const { incarnation } = machine.members.get('s')!;
  machine.membership.receiveSuspect({ incarnation, node: 's', from: accuser }, undefined);
  const lastsMs = machine.members.get('s')!.suspicion!.deadlineMs - machine.clock.nowMs;
  const told = machine.stats.directMessagesSent;
  machine.runForMs(lastsMs - 2_001);
  expect(machine.stats.directMessagesSent).toBe(told);
  machine.forgetWhatHappened();
  machine.runForMs(500);
  expect(machine.stats.directMessagesSent).toBe(told + 1);
  expect(machine.queued.length).toBe(queuedCount);
  machine.runForMs(1_500);
  expect(machine.members.get('s')!.state).toBe('suspect');
  machine.runForMs(1);
  expect(machine.members.get('s')!.state).toBe('dead');
  expect(machine.stats.directMessagesSent).toBe(told + 1);
});

test('the incarnation never wraps: accusations from too far ahead are counted and not followed', () => {
  const vector = vectorNamed('self-incarnation-overflow');
  const machine = new Machine(vector);
  for (const step of vector.steps) machine.run(step);
  expect(machine.queued).toEqual([]);
  expect(machine.own.member.incarnation).toBe(1);
  expect(machine.stats.incarnationJumpsRefused).toBe(2);
});

test.each([
  ['less than half of the range ahead', 2 ** 31, 1 + 2 ** 31],
  ['half of the range ahead', 1 + 2 ** 31, 1],
  ['less than half ahead of what it has then', 2 ** 32 - 3, 2 ** 32 - 2, 2 ** 31],
  ['at the highest that a member takes', 2 ** 32 - 2, 1 + 2 ** 31, 2 ** 31],
])('an accusation %s is followed as far as peers follow the denial', (_, incarnation, expected, before?: number) => {
  const machine = new Machine({});
  const accuse = (at: number): void =>
    machine.membership.receiveSuspect({ incarnation: at, node: 'self', from: 'x' }, undefined);
  if (before !== undefined) accuse(before);
  accuse(incarnation);
  expect(machine.own.member.incarnation).toBe(expected);
});

test('at the highest incarnation a node keeps it, whatever it announces', () => {
  const machine = new Machine({});
  for (const incarnation of [2 ** 31, 2 ** 32 - 3]) {
    machine.membership.receiveSuspect({ incarnation, node: 'self', from: 'x' }, undefined);
  }
  machine.own.announce(fromHex('00'));
  expect(machine.own.member.incarnation).toBe(2 ** 32 - 2);
});

test.each(['vsn-short-2-old', 'vsn-short-2-new', 'vsn-short-5-old', 'vsn-short-5-new'])(
  '%s: versions of other lengths than six are taken as absent and passed on as absent',
  (name) => {
    const vector = vectorNamed(name);
    const machine = new Machine(vector);
    for (const step of vector.steps) machine.run(step);
    expect(machine.members.get('b')?.state).toBe('alive');
    expect(toHex(machine.members.get('b')!.vsn)).toBe('');
    expect(machine.queued.map(({ hex }) => hex.slice(-10))).toEqual(['a356736ec0'.slice(-10)]);
  },
);

test.each(['alive-new-incarnation-0', 'empty-name', 'addr-odd-length', 'meta-too-long'])(
  '%s: it is refused and counted',
  (name) => {
    const machine = new Machine({});
    machine.run(vectorNamed(name).steps[0]!);
    expect(machine.members.count).toBe(1);
    expect(machine.queued).toEqual([]);
    expect(machine.stats.alivesRefused).toBe(1);
  },
);

test('a member without versions is not passed on in an exchange, which memberlist would refuse as a whole', () => {
  const machine = new Machine({});
  machine.run(vectorNamed('vsn-missing').steps[0]!);
  expect(machine.members.count).toBe(2);
  const merge = vectorNamed('merge-states').steps.find((step) => step.op === 'merge')!;
  machine.run({ ...merge, entries: merge.entries!.slice(0, 1) });
  expect(machine.members.get('n')?.state).toBe('alive');
});

test('a member with too long metadata is refused in an exchange as in a packet', () => {
  const machine = new Machine({});
  const { node: name, ...said } = { ...known[1]!, meta: new Uint8Array(513) };
  expect(machine.merge([{ ...said, name, state: 0 }])).toBe(true);
  expect(machine.members.count).toBe(1);
  expect(machine.stats.alivesRefused).toBe(1);
});

test.each([
  ['half of the range ahead', 1 + 2 ** 31, 1],
  ['at the highest incarnation', 2 ** 32 - 2, 2 ** 32 - 2],
  ['at an incarnation that nobody takes', 2 ** 32 - 1, 2 ** 32 - 2],
])('an exchange in which a member is accused %s changes nothing of it', (_, incarnation, before) => {
  const machine = new Machine({});
  const { node: name, ...said } = known[1]!;
  machine.membership.adopt({ ...known[1]!, incarnation: before });
  for (const state of [1, 2, 3]) machine.merge([{ ...said, name, incarnation, state }]);
  expect(machine.members.get(name)!.state).toBe('alive');
  expect(machine.members.get(name)!.incarnation).toBe(before);
  expect(machine.stats.incarnationJumpsRefused).toBe(3);
});

test('a higher incarnation and nothing else is passed on as a denial, whatever else is new as a change', () => {
  const machine = new Machine({}, 0, swimRuleSets.sharp);
  const alive = known[1]!;
  machine.membership.adopt({ ...alive });
  machine.queue.reset();
  machine.membership.receiveAlive({ ...alive, incarnation: 3, meta: fromHex('00') }, undefined);
  expect([machine.queue.count, machine.queue.pressingCount]).toEqual([1, 1]);
  machine.membership.receiveAlive({ ...alive, incarnation: 4, meta: fromHex('00') }, undefined);
  expect([machine.queue.count, machine.queue.pressingCount]).toEqual([1, 0]);
});

/** Members that all know each other, of which `Machine` calls itself one. */
const known = ['self', 'n0', 'n1', 'n2', 'n3'].map((name, index): Alive => {
  const addr = name === 'self' ? fromHex('c0000201') : Uint8Array.of(192, 0, 2, 10 + index);
  return { incarnation: 2, node: name, addr, port: 7946, meta: fromHex('6f776e'), vsn: fromHex('010502000000') };
});

/** A few objects each of which may come in several exchanges, as those do that the wire has read before. */
const somethingSaid: fc.Arbitrary<NodeEntry> = fc
  .record({
    member: fc.constantFrom(...known, { ...known[1]!, node: 'stranger', addr: Uint8Array.of(192, 0, 2, 99) }),
    incarnation: fc.nat({ max: 3 }),
    state: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.constant(3), fc.integer({ min: 1, max: 4 })),
    meta: fc.oneof({ arbitrary: fc.constant('6f776e'), weight: 4 }, fc.constant('00')),
    port: fc.oneof({ arbitrary: fc.constant(7946), weight: 6 }, fc.constantFrom(0, 7947)),
    vsn: fc.oneof(
      { arbitrary: fc.constant('010502000000'), weight: 9 },
      fc.constantFrom('010402000000', '01050200', '030503000000', '010506000000'),
    ),
  })
  .map(({ member, incarnation, state, meta, port, vsn }) => ({
    name: member.node,
    addr: member.addr,
    port,
    meta: fromHex(meta),
    incarnation,
    state,
    vsn: fromHex(vsn),
  }));

test('a comparison of lists changes and tells what its entries do one by one, whether members are shared or not', () => {
  const exchanges = fc
    .array(somethingSaid, { minLength: 1, maxLength: 12 })
    .map((said) => said.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    .chain((said) => fc.array(fc.oneof(fc.subarray(said), fc.shuffledSubarray(said)), { minLength: 1, maxLength: 6 }));
  fc.assert(
    fc.property(exchanges, fc.constantFrom(swimRuleSets.memberlist, swimRuleSets.sharp), (lists, rules) => {
      const newMachine = (): Machine => new Machine({}, 0, rules);
      const [singly, plain, sharing] = [newMachine(), newMachine(), newMachine()];
      for (const machine of [singly, plain]) for (const alive of known) machine.membership.adopt({ ...alive });
      const { nowMs } = singly.clock;
      const views = singly.members.members.map(toView).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      sharing.members.beginWith(new SharedMembers(views, nowMs));
      const told = (machine: Machine): unknown => [machine.state(), machine.events, machine.queued, machine.stats];
      for (const list of lists) {
        const entries = list.filter(({ name }, index) => list.findIndex((other) => other.name === name) === index);
        const isAccepted = versionsAgree(entries, singly.members.members);
        if (isAccepted) for (const entry of entries) singly.membership.receiveEntry(entry);
        else singly.stats.mergesRefused += 1;
        singly.stats.pushPullsAnswered += 1;
        for (const machine of [plain, sharing]) {
          expect(machine.merge(entries)).toBe(isAccepted);
          expect(told(machine)).toEqual(told(singly));
          machine.runForMs(500);
        }
        singly.runForMs(500);
      }
    }),
    { numRuns: 2_000 },
  );
});
