import { KvDecoder } from '../../packages/hearsay/src/kv/codec/index.ts';
import { Exchange } from '../../packages/hearsay/src/kv/exchange/index.ts';
import type { ApplyResult, SharedDelta, SharedResync } from '../../packages/hearsay/src/kv/messages.ts';
import type { OwnedLane } from '../../packages/hearsay/src/kv/owned-lane.ts';
import type { KvMessage } from '../../packages/hearsay/src/kv/protocol.ts';
import type { SharedLane } from '../../packages/hearsay/src/kv/shared-lane.ts';
import { SeededRng, TimerQueue, type StepClock } from '../../packages/hearsay/src/util/index.ts';

/** How sessions are cut into messages: entries one by one in packets, or one by one in frames that wait for one another. */
export type WireShape = 'packets' | 'frames';

/** A message on its way. */
export interface WireMessage {
  readonly kind: 'wire';
  readonly from: number;
  readonly to: number;
  readonly session: number;
  readonly message: KvMessage;
}

/** What the world does for its wire. */
export interface WirePorts {
  readonly clock: StepClock;
  readonly nameOf: (node: number) => string;
  /** A node has sent a message. */
  readonly onSent: (message: WireMessage) => void;
  /** The node has made an answer for this session, of what it has now. */
  readonly onAnswer: (node: number, session: number) => void;
  /** The node applies what the other has sent in this session. */
  readonly apply: (node: number, from: number, session: number, answer: SharedDelta | SharedResync) => ApplyResult;
}

/** Changes what is on its way, as no network may: to see whether anybody would notice. */
export type Tamper = (message: KvMessage) => KvMessage;

/** No limit applies, so that sessions are as long as the shape makes them; and they are forgotten after some moves. */
const limits = { sessionMs: 15, transferMs: 15, frameMaxBytes: 80, transfersMax: 8 };
const nothing = { digest: () => ({ lane: 1, rows: noRows }) } as unknown as OwnedLane;
const noRows = new Map();
const decoder = new KvDecoder();

/** The real sessions of all nodes; their messages are written and read as bytes. */
export class Wire {
  readonly #ports: WirePorts;
  readonly #shape: WireShape;
  readonly #tamper: Tamper;
  readonly #timers = new TimerQueue();
  readonly #rng = new SeededRng(1);
  readonly #exchanges = new Map<number, Exchange>();
  /** What is being received. */
  #current: { readonly session: number; readonly from: number } = { session: 0, from: 0 };

  constructor(ports: WirePorts, shape: WireShape, tamper: Tamper = (message) => message) {
    this.#ports = ports;
    this.#shape = shape;
    this.#tamper = tamper;
  }

  /** The node begins a life: without sessions. */
  open(node: number, lane: SharedLane): void {
    this.close(node);
    const { clock, nameOf } = this.#ports;
    const isFrames = this.#shape === 'frames';
    const exchange = new Exchange({
      ownName: nameOf(node),
      state: { shared: this.#watched(node, lane), owned: nothing, telemetry: nothing },
      clock,
      timers: this.#timers,
      rng: this.#rng,
      wallMs: () => 0,
      limitsHash: 0,
      transferBytesPerSecond: Infinity,
      packetMaxBytes: 64,
      send: (to, bytes) => this.#send(node, Number(to.name.slice(1)), bytes),
      isOpenTo: () => true,
      takeBytes: () => true,
      receipts: () => [],
      onReceipts: () => {},
      onSummary: () => {},
      onPeerRows: () => {},
      onRefusals: () => {},
      onOwnStreamAhead: () => {},
      onTransfer: () => {},
      limits: { ...limits, packetsMaxBytes: isFrames ? 0 : 10_000 },
    });
    this.#exchanges.set(node, exchange);
  }

  close(node: number): void {
    this.#exchanges.get(node)?.stop();
    this.#exchanges.delete(node);
  }

  /** Time has passed. */
  pass(): void {
    this.#timers.fireDue(this.#ports.clock.nowMs);
  }

  /** Nothing happens when a session between the two, that the node began, is open. */
  begin(node: number, other: number): void {
    this.#exchanges.get(node)!.begin({ name: this.#ports.nameOf(other) });
  }

  /** The message arrives. */
  receive({ from, to, session, message }: WireMessage): void {
    this.#current = { session, from };
    this.#exchanges.get(to)?.receive(this.#tamper(message), { name: this.#ports.nameOf(from) });
    this.pass();
  }

  #send(from: number, to: number, bytes: Uint8Array): void {
    const message = decoder.decode(bytes);
    if (message === undefined || !('session' in message)) throw new Error('sent what is no message of a session');
    this.#ports.onSent({ kind: 'wire', from, to, session: message.session, message });
  }

  #watched(node: number, lane: SharedLane): SharedLane {
    const { apply, onAnswer } = this.#ports;
    const receive = (answer: SharedDelta | SharedResync): ApplyResult =>
      apply(node, this.#current.from, this.#current.session, answer);
    const watched: Pick<SharedLane, 'applyDelta' | 'applyResync' | 'authorOf' | 'deltaFor' | 'digest'> = {
      digest: () => lane.digest(),
      authorOf: (dot) => lane.authorOf(dot),
      deltaFor: (digest) => {
        onAnswer(node, this.#current.session);
        return lane.deltaFor(digest);
      },
      applyDelta: receive,
      applyResync: receive,
    };
    return watched as SharedLane;
  }
}
