import type { SerfConfig } from '../../packages/hearsay/src/serf/config.ts';
import type { SerfEvent } from '../../packages/hearsay/src/serf/events.ts';
import type { SnapshotRecord } from '../../packages/hearsay/src/serf/host.ts';
import { decodePushPull } from '../../packages/hearsay/src/serf/push-pull-codec.ts';
import type { SerfPushPull } from '../../packages/hearsay/src/serf/messages.ts';
import type { SerfOptions } from '../../packages/hearsay/src/serf/options.ts';
import { Serf } from '../../packages/hearsay/src/serf/serf.ts';
import type { SerfTraceEvent } from '../../packages/hearsay/src/serf/trace-events.ts';
import { encodeTags } from '../../packages/hearsay/src/serf/tags.ts';
import { Keyring, Member, type JoinResult, type MemberState } from '../../packages/hearsay/src/swim/index.ts';
import {
  ByteReader,
  ByteWriter,
  copyBytes,
  formatAddress,
  SeededRng,
  StepClock,
  TimerQueue,
  type Address,
} from '../../packages/hearsay/src/util/index.ts';
import { parseIp, toAddress } from '../../packages/hearsay/src/wire/index.ts';
import { passUntil } from './pass-time.ts';

export interface SerfNodeOptions {
  readonly name?: string;
  readonly config?: Partial<SerfConfig>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly snapshot?: SerfOptions['snapshot'];
  readonly keepsSnapshot?: boolean;
  readonly seed?: number;
  readonly gossipMessageMaxBytes?: number;
  readonly trace?: (event: SerfTraceEvent) => void;
}

/** What a test says of a member that membership knows. */
export interface MemberFacts {
  readonly addr?: string;
  readonly port?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One Serf without a network: the test is its membership and its clock. */
export class SerfNode {
  readonly name: string;
  readonly serf: Serf;
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly events: SerfEvent[] = [];
  /** Messages sent at once to an address. */
  readonly sent: { readonly to: string; readonly message: Uint8Array }[] = [];
  readonly persisted: SnapshotRecord[] = [];
  /** Joins that Serf itself began; the test ends them. */
  readonly joins: { readonly to: string; readonly onDone: (result: JoinResult) => void }[] = [];
  readonly keyring: Keyring = new Keyring();
  readonly #self: Member;
  readonly #members: Map<string, Member> = new Map();

  constructor(options: SerfNodeOptions = {}) {
    this.name = options.name ?? 'self';
    this.#self = newMember(this.name, { tags: options.tags ?? {} });
    const { name, clock, timers, keyring } = this;
    const host = {
      name,
      keyring,
      self: () => this.#self,
      liveCount: () => [...this.#members.values()].filter((member) => !member.isDeadOrLeft).length,
      sendMessage: (to: Address, message: Uint8Array) =>
        void this.sent.push({ to: formatAddress(to), message: copyBytes(message) }),
      pushGossip: () => undefined,
      join: ([to]: readonly Address[], onDone: (result: JoinResult) => void) =>
        void this.joins.push({ to: formatAddress(to!), onDone }),
      leave: (_timeoutMs: number, onDone: (spread: boolean) => void) => {
        this.gone(name, 'left');
        onDone(true);
      },
      updateMeta: (_timeoutMs: number, onDone: (spread: boolean) => void) => {
        this.#self.meta = this.serf.nodeMeta(512);
        this.serf.onMemberEvent({ type: 'update', member: this.#self });
        onDone(true);
      },
      emit: (event: SerfEvent) => void this.events.push(event),
    };
    const persist = options.keepsSnapshot
      ? (record: SnapshotRecord): void => void this.persisted.push(record)
      : undefined;
    const env = {
      clock,
      timers,
      rng: new SeededRng(options.seed ?? 1),
      persist,
      saveKeys: undefined,
      trace: options.trace,
    };
    const given = {
      ...(options.tags && { tags: options.tags }),
      ...(options.config && { config: options.config }),
      ...(options.snapshot && { snapshot: options.snapshot }),
      ...(options.gossipMessageMaxBytes && { gossipMessageMaxBytes: options.gossipMessageMaxBytes }),
    };
    this.serf = new Serf({ name, retransmitMult: 4, gossipIntervalMs: 200, ...given }, host, env);
  }

  /** Starts it, and membership announces it. */
  start(): this {
    this.serf.start();
    this.#self.meta = this.serf.nodeMeta(512);
    this.#joined(this.#self);
    return this;
  }

  /** Membership says that a member is there. */
  joined(name: string, facts: MemberFacts = {}): void {
    this.#joined(newMember(name, facts));
  }

  /** Membership says that a member is gone. */
  gone(name: string, state: MemberState = 'dead'): void {
    const member = this.#members.get(name) ?? newMember(name, {});
    member.state = state;
    this.serf.onMemberEvent({ type: state === 'left' ? 'leave' : 'failed', member });
  }

  updated(name: string, facts: MemberFacts): void {
    this.serf.onMemberEvent({ type: 'update', member: newMember(name, facts) });
  }

  /** A gossip message arrives. */
  receive(message: Uint8Array): void {
    this.serf.onUserMessage(message, { host: '127.0.0.1', port: 1 });
  }

  /** Encodes a gossip message, and it arrives. */
  hear<Message>(encode: (writer: ByteWriter, message: Message) => void, message: Message): void {
    const writer = new ByteWriter();
    encode(writer, message);
    this.receive(writer.copy());
  }

  runMs(durationMs: number): void {
    passUntil(this.clock, this.timers, this.clock.nowMs + durationMs);
  }

  /** One packet of gossip. */
  takeGossip(limitBytes: number = 1_400): Uint8Array[] {
    const out: Uint8Array[] = [];
    this.serf.takeBroadcasts(undefined, 3, limitBytes, out);
    return out;
  }

  /** What it tells others in a push/pull. */
  state(): SerfPushPull {
    return decodePushPull(new ByteReader(this.serf.localState(false).slice(1)));
  }

  statusOf(name: string): string | undefined {
    return this.serf.member(name)?.status;
  }

  takeEvents(): SerfEvent[] {
    return this.events.splice(0);
  }

  /** `type name=status,…` of member events, `type name` of others. */
  takeEventTexts(): string[] {
    return this.takeEvents().map(eventText);
  }

  #joined(member: Member): void {
    member.state = 'alive';
    this.#members.set(member.name, member);
    this.serf.onMemberEvent({ type: 'join', member });
  }
}

/** `type name=status,…` of member events, `type name` of others. */
export function eventText(event: SerfEvent): string {
  if ('members' in event) return `${event.type} ${event.members.map(({ name, status }) => `${name}=${status}`).join()}`;
  return 'name' in event ? `${event.type} ${event.name}` : event.type;
}

function newMember(name: string, { addr = '127.0.0.9', port = 7_000, tags = {} }: MemberFacts): Member {
  const member = new Member(name);
  member.addr = parseIp(addr)!;
  member.port = port;
  member.address = toAddress(member.addr, port);
  member.meta = encodeTags(tags, 5);
  member.vsn = Uint8Array.of(1, 5, 2, 2, 5, 4);
  return member;
}
