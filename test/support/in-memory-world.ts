import {
  ClusterNode,
  SeededRng,
  type Address,
  type ClusterEvent,
  type ClusterOptions,
  type Effects,
  type SwimTraceEvent,
} from 'hearsay/core';

interface Input {
  readonly atMs: number;
  readonly run: () => void;
}

/** The least world that nodes can live in: virtual time, packets and streams that take a millisecond, no loss. */
export class InMemoryWorld {
  nowMs: number = 0;
  readonly nodes: Map<string, WorldNode> = new Map();
  /** Decides what gets through; everything unless a test says otherwise. */
  mayPass: (from: WorldNode, to: WorldNode, kind: 'packet' | 'stream') => boolean = () => true;
  readonly #inputs: Input[] = [];

  add(name: string, options: Partial<ClusterOptions> = {}): WorldNode {
    const node = new WorldNode(this, name, options, this.nodes.size + 1);
    this.nodes.set(name, node);
    return node;
  }

  at(address: Address): WorldNode | undefined {
    return [...this.nodes.values()].find((n) => n.address.host === address.host && n.address.port === address.port);
  }

  later(delayMs: number, run: () => void): void {
    this.#inputs.push({ atMs: this.nowMs + delayMs, run });
  }

  runForMs(durationMs: number): void {
    this.runUntil(() => false, durationMs);
  }

  /** True when `condition` came true within `limitMs`. */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const endMs = this.nowMs + limitMs;
    while (!condition()) {
      const due = [...this.nodes.values()].filter((node) => node.isUp);
      const nextTimerMs = Math.min(...due.map((node) => node.core.nextDeadlineMs), Infinity);
      const nextInputMs = this.#inputs.reduce((least, input) => Math.min(least, input.atMs), Infinity);
      const nextMs = Math.max(Math.min(nextTimerMs, nextInputMs), this.nowMs);
      if (nextMs > endMs) {
        this.nowMs = endMs;
        return condition();
      }
      this.nowMs = nextMs;
      // Input that has arrived is read before timers are judged, as drivers do.
      const index = this.#inputs.findIndex((input) => input.atMs <= nextMs);
      if (index >= 0) this.#inputs.splice(index, 1)[0]!.run();
      else for (const node of due) if (node.core.nextDeadlineMs <= nextMs) node.core.advance(nextMs);
    }
    return true;
  }
}

/** One node and its effects. */
export class WorldNode implements Effects {
  readonly address: Address;
  readonly events: ClusterEvent[] = [];
  readonly trace: SwimTraceEvent[] = [];
  readonly sent: { readonly to: Address; readonly packet: Uint8Array }[] = [];
  core: ClusterNode;
  /** A node that is down gets no time and no input, and nothing answers at its address. */
  isUp: boolean = true;
  readonly #world: InMemoryWorld;
  readonly #options: ClusterOptions;
  readonly #seed: number;
  #lives: number = 0;
  /** Where a stream of ours leads, and its number there. */
  readonly #ends: Map<number, { readonly peer: WorldNode; readonly stream: number }> = new Map();

  constructor(world: InMemoryWorld, name: string, options: Partial<ClusterOptions>, seed: number) {
    this.#world = world;
    this.#seed = seed;
    this.address = options.advertise ?? { host: `10.0.0.${seed}`, port: 7946 };
    this.#options = { name, advertise: this.address, ...options };
    this.core = this.#newCore();
  }

  get name(): string {
    return this.#options.name;
  }

  start(): this {
    this.core.start(this.#world.nowMs);
    return this;
  }

  join(...others: WorldNode[]): this {
    this.core.join(
      this.#world.nowMs,
      others.map((other) => other.address),
    );
    return this;
  }

  /** A new process with an empty memory. */
  restart(): this {
    this.core = this.#newCore();
    this.#ends.clear();
    this.isUp = true;
    return this.start();
  }

  eventsOf(type: ClusterEvent['type']): string[] {
    return this.events.flatMap((event) => (event.type === type && 'member' in event ? [event.member.name] : []));
  }

  sendPacket(to: Address, packet: Uint8Array): void {
    const bytes = packet.slice();
    this.sent.push({ to, packet: bytes });
    const peer = this.#world.at(to);
    if (peer === undefined || !this.#world.mayPass(this, peer, 'packet')) return;
    this.#deliver(peer, () => peer.core.receivePacket(this.#world.nowMs, this.address, bytes));
  }

  openStream(stream: number, to: Address): void {
    const peer = this.#world.at(to);
    if (peer === undefined || !peer.isUp || !this.#world.mayPass(this, peer, 'stream')) {
      return this.#deliver(this, () => this.core.streamClosed(this.#world.nowMs, stream, 'refused'));
    }
    this.#deliver(peer, () => {
      const theirs = peer.core.acceptStream(this.#world.nowMs, this.address);
      if (theirs === undefined) return this.#deliver(this, () => this.core.streamClosed(this.#world.nowMs, stream));
      this.#ends.set(stream, { peer, stream: theirs });
      peer.#ends.set(theirs, { peer: this, stream });
      this.#deliver(this, () => this.core.streamOpened(this.#world.nowMs, stream));
    });
  }

  writeStream(stream: number, chunk: Uint8Array): void {
    const bytes = chunk.slice();
    const end = this.#ends.get(stream);
    if (end === undefined || !this.#world.mayPass(this, end.peer, 'stream')) return;
    this.#deliver(end.peer, () => end.peer.core.receiveStream(this.#world.nowMs, end.stream, bytes));
  }

  closeStream(stream: number): void {
    const end = this.#ends.get(stream);
    if (end !== undefined) this.#deliver(end.peer, () => end.peer.core.streamClosed(this.#world.nowMs, end.stream));
  }

  emit(event: ClusterEvent): void {
    this.events.push(event);
  }

  #deliver(to: WorldNode, input: () => void): void {
    const { core } = to;
    this.#world.later(1, () => {
      if (to.isUp && to.core === core) input();
    });
  }

  #newCore(): ClusterNode {
    const rng = new SeededRng(this.#seed, this.#lives++);
    const fillRandom = (target: Uint8Array): void => {
      for (let i = 0; i < target.length; i++) target[i] = rng.nextUint32();
    };
    const wallMs = (): number => 1_750_000_000_000 + this.#world.nowMs;
    return new ClusterNode(this.#options, { rng, fillRandom, wallMs, trace: (event) => this.trace.push(event) }, this);
  }
}
