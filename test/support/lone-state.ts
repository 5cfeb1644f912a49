import {
  ClusterNode,
  SeededRng,
  type ClusterEvent,
  type ClusterKv,
  type ClusterOptions,
  type KvOptions,
} from 'hearsay/core';
import { Commands } from '../../packages/hearsay/src/node/commands.ts';
import { Driver } from '../../packages/hearsay/src/node/driver.ts';
import { ClusterState, type ClusterStateParts } from '../../packages/hearsay/src/node/kv/cluster-state.ts';
import { silentLogger } from '../../packages/hearsay/src/node/logger.ts';
import { assert } from '../../packages/hearsay/src/util/index.ts';
import { KvNode, KvTime } from './kv-node.ts';

const startMs = 1_750_000_000_000;

/** `cluster.kv` of a member that is alone: without sockets, and with a clock that tests move. What others write is handed to it. */
export class LoneState {
  nowMs: number = 0;
  readonly events: ClusterEvent[] = [];
  readonly node: ClusterNode;
  readonly core: ClusterKv;
  readonly state: ClusterState;
  readonly driver: Driver<ClusterNode>;
  /** Another member. It has the same clock as this one. */
  readonly other: KvNode;
  readonly #time: KvTime = new KvTime();

  constructor(kv: KvOptions = {}, options: Partial<ClusterOptions> = {}, parts: Partial<ClusterStateParts> = {}) {
    this.driver = new Driver({
      packets: { send: () => {} },
      streams: { open: () => {}, write: () => {}, closeStream: () => {} },
      onEvent: (event) => this.events.push(event),
      onFailure: (error) => {
        throw error;
      },
      nowMs: () => this.nowMs,
    });
    const rng = new SeededRng(1, 0);
    const env = { rng, fillRandom: () => {}, wallMs: () => startMs + this.nowMs };
    this.node = new ClusterNode(
      { name: 'n0', advertise: { host: '10.0.0.1', port: 7946 }, kv, ...options },
      env,
      this.driver,
    );
    this.driver.start(this.node);
    this.driver.unref();
    assert(this.node.kv !== undefined, 'a node with kv has it');
    this.core = this.node.kv;
    const commands = new Commands(this.driver);
    this.state = new ClusterState({
      name: 'n0',
      kv: this.core,
      commands,
      logger: silentLogger,
      bridge: undefined,
      stored: undefined,
      ...parts,
    });
    this.other = new KvNode('n1', this.#time, { ...(kv.config !== undefined && { config: kv.config }) });
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.#time.pass(ms);
    this.driver.run((node, nowMs) => node.advance(nowMs));
  }

  /** This member hears of all that the other has, and the other way round. */
  exchange(): void {
    // Within a step, for the events that it brings.
    this.driver.run(() => this.#exchange());
  }

  /** The other member writes to the shared map, and this one hears of it. */
  otherPuts(key: string, value: unknown): void {
    this.other.state.shared.put(key, new TextEncoder().encode(JSON.stringify(value)));
    this.exchange();
  }

  close(): void {
    this.state.close();
    this.driver.stop();
  }

  #exchange(): void {
    const { shared, owned } = this.core.state;
    const { state } = this.other;
    for (const [from, to] of [
      [state.shared, shared],
      [shared, state.shared],
    ] as const) {
      const delta = from.deltaFor(to.digest());
      assert(delta.kind === 'delta', 'nobody has dropped a tombstone');
      to.applyDelta(delta);
    }
    owned.applyDelta(state.owned.deltaFor(owned.digest()));
    state.owned.applyDelta(owned.deltaFor(state.owned.digest()));
  }
}
