import type { ClusterEvent, ClusterNode, RequestId } from '../cluster/index.ts';
import type { KeysResult, QueryParams, QuerySummary } from '../serf/index.ts';
import { toBytes } from './ascii.ts';
import type { SimObserver } from './observer.ts';
import type { SimNode } from './sim-node.ts';
import type { Simulator } from './simulator.ts';

/** A query as its asker sees it, while it goes on. */
export interface SimQuery {
  readonly acks: string[];
  readonly responses: { readonly from: string; readonly payload: Uint8Array }[];
  /** Undefined until its time is up, and for ever when the asker crashed before. */
  summary: QuerySummary | undefined;
}

/** What the node of that name answers; undefined is no answer. */
export type SimAnswer = (node: string, payload: Uint8Array) => string | undefined;

/** A command whose result comes later. */
export interface SimResult<Result> {
  /** Undefined until it is there. */
  result: Result | undefined;
}

type ResultEvent = Extract<ClusterEvent, { readonly request: RequestId }>;

/** What users of a simulated Serf pool do. Each is part of the transcript and of the run's hash. */
export class SerfActions implements SimObserver {
  readonly #simulator: Simulator;
  readonly #nodeNamed: (name: string) => SimNode;
  /** By node, life and request. */
  readonly #listeners: Map<string, (event: ResultEvent) => void> = new Map();
  readonly #answers: Map<string, SimAnswer> = new Map();

  constructor(simulator: Simulator, nodeNamed: (name: string) => SimNode) {
    this.#simulator = simulator;
    this.#nodeNamed = nodeNamed;
  }

  setTags(name: string, tags: Readonly<Record<string, string>>): void {
    const node = this.#nodeNamed(name);
    this.#simulator.note(node, `sets its tags to ${JSON.stringify(tags)}`);
    node.step((core, nowMs) => core.setTags(nowMs, tags, 10_000));
  }

  event(name: string, eventName: string, payload: string = '', coalesce: boolean = false): void {
    const node = this.#nodeNamed(name);
    this.#simulator.note(node, `tells the pool ${eventName}`);
    node.step((core, nowMs) => core.fireEvent(nowMs, eventName, toBytes(payload), coalesce));
  }

  query(name: string, queryName: string, payload: string | null = null, params: QueryParams = {}): SimQuery {
    const query: SimQuery = { acks: [], responses: [], summary: undefined };
    const bytes = payload === null ? null : toBytes(payload);
    this.#begin(
      name,
      `asks the pool ${queryName}`,
      (core, nowMs) => core.query(nowMs, queryName, bytes, params),
      (event) => {
        if (event.type === 'query-ack') query.acks.push(event.from);
        if (event.type === 'query-response') query.responses.push({ from: event.from, payload: event.payload });
        if (event.type === 'query-done') query.summary = event.summary;
      },
    );
    return query;
  }

  /** All nodes answer queries of that name so, from now on. */
  answer(queryName: string, answer: SimAnswer): void {
    this.#answers.set(queryName, answer);
  }

  /** Whether the news was spread. */
  forceLeave(name: string, subject: string, prune: boolean = false): SimResult<boolean> {
    const outcome: SimResult<boolean> = { result: undefined };
    const text = `says that ${subject} has left${prune ? ' and is to be forgotten' : ''}`;
    this.#begin(
      name,
      text,
      (core, nowMs) => core.forceLeave(nowMs, subject, prune, 5_000),
      (event) => {
        if (event.type === 'force-leave-done') outcome.result = event.spread;
      },
    );
    return outcome;
  }

  installKey(name: string, key: Uint8Array): SimResult<KeysResult> {
    return this.#changeKeys(name, 'installs a key', (core, nowMs) => core.installKey(nowMs, key));
  }

  useKey(name: string, key: Uint8Array): SimResult<KeysResult> {
    return this.#changeKeys(name, 'uses a key', (core, nowMs) => core.useKey(nowMs, key));
  }

  removeKey(name: string, key: Uint8Array): SimResult<KeysResult> {
    return this.#changeKeys(name, 'removes a key', (core, nowMs) => core.removeKey(nowMs, key));
  }

  listKeys(name: string): SimResult<KeysResult> {
    return this.#changeKeys(name, 'lists keys', (core, nowMs) => core.listKeys(nowMs));
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (event.type === 'query') return this.#answer(node, event);
    if (!('request' in event)) return;
    this.#listeners.get(`${node.processKey}/${event.request}`)?.(event);
  }

  /** In a step of its own, as a user's handler would. */
  #answer(node: SimNode, { id, name, payload }: Extract<ClusterEvent, { readonly type: 'query' }>): void {
    const answer = this.#answers.get(name);
    if (answer === undefined) return;
    const { life } = node;
    this.#simulator.at(this.#simulator.nowMs, () => {
      if (node.life !== life || node.state !== 'running' || node.core.hasLeft) return;
      const text = answer(node.name, payload);
      if (text !== undefined) node.step((core, nowMs) => core.respond(nowMs, id, toBytes(text)));
    });
  }

  #changeKeys(
    name: string,
    text: string,
    begin: (core: ClusterNode, nowMs: number) => RequestId,
  ): SimResult<KeysResult> {
    const outcome: SimResult<KeysResult> = { result: undefined };
    this.#begin(name, text, begin, (event) => {
      if (event.type === 'keys-done') outcome.result = event.result;
    });
    return outcome;
  }

  #begin(
    name: string,
    text: string,
    begin: (core: ClusterNode, nowMs: number) => RequestId,
    listener: (event: ResultEvent) => void,
  ): void {
    const node = this.#nodeNamed(name);
    this.#simulator.note(node, text);
    // Within the step, because the result may be one of its events.
    node.step((core, nowMs) => void this.#listeners.set(`${node.processKey}/${begin(core, nowMs)}`, listener));
  }
}
