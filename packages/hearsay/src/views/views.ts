import { inquiryTopics, type Inquiries } from '../inquiry/index.ts';
import type { Kv, OwnedEntry } from '../kv/index.ts';
import { Agreement } from './agreement.ts';
import { isLive, type Belief } from './belief.ts';
import { compareTables, type AbsenceReason, type Table, type ViewsDiff } from './comparison.ts';
import { decodeDigest, digestOf, type ViewDigest } from './digest.ts';
import { groupViews, type ClusterViews, type SilentMember, type Told } from './groups.ts';
import { Publisher, viewKey, type ViewsEnv } from './publisher.ts';
import { summarizeViews, type ViewsSummary } from './summary.ts';
import { decodeTableQuestion, encodePage, rowOf } from './table.ts';
import { TableReader } from './table-reader.ts';

/** What views need of the state layer, in whose lane 2 digests are published. */
export type ViewsKv = Pick<Kv, 'state' | 'setTelemetry'>;

/** What views need of the node that they are part of. */
export interface ViewsHost {
  /** This node's member name. */
  readonly name: string;
  /** What this node believes of every member that it remembers, itself included. */
  beliefs(): Iterable<Belief>;
  /** How many members are live, this node included. */
  memberCount(): number;
  /** Whether the member of that name takes part in gossiped state, as far as is known. */
  isCapable(name: string): boolean;
}

/** What has become of digests. */
export interface ViewsStats {
  readonly published: number;
  /** Times the state layer refused one. */
  readonly refused: number;
  /** Digests of other members that could not be read. */
  readonly unreadable: number;
}

/**
 * What each member believes of all the others. A node publishes a digest of its member list by gossip, and reads those of
 * the others from its own memory; whole lists are asked for.
 */
export class Views {
  readonly #host: ViewsHost;
  readonly #kv: ViewsKv;
  readonly #publisher: Publisher;
  readonly #agreement: Agreement;
  readonly #tables: TableReader;
  /** Entries are never changed, so each is read once. */
  readonly #digests: WeakMap<OwnedEntry, ViewDigest | 'unreadable'> = new WeakMap();
  #unreadableCount: number = 0;

  constructor(host: ViewsHost, kv: ViewsKv, inquiries: Inquiries, env: ViewsEnv) {
    this.#host = host;
    this.#kv = kv;
    this.#publisher = new Publisher({
      kv,
      env,
      digest: (sequence) => digestOf(host.beliefs(), sequence),
      memberCount: () => host.memberCount(),
    });
    this.#agreement = new Agreement(env, () => this.#areAllAgreed());
    const { clock } = env;
    this.#tables = new TableReader({ inquiries, clock, absenceOf: (name) => this.#absenceOf(name) });
    inquiries.handle(inquiryTopics.views, (payload) => {
      const after = decodeTableQuestion(payload);
      return after === undefined ? noAnswer : encodePage(host.beliefs(), after);
    });
  }

  get stats(): ViewsStats {
    const { publishedCount, refusedCount } = this.#publisher;
    return { published: publishedCount, refused: refusedCount, unreadable: this.#unreadableCount };
  }

  /** Begins to publish; also again after {@link stop}. */
  start(): void {
    this.#publisher.start();
  }

  /** Nothing is published any more, and nobody waits. */
  stop(): void {
    this.#publisher.stop();
    this.#agreement.stop();
  }

  /** Who is live may have changed. */
  noteChange(): void {
    this.#publisher.noteChange();
  }

  /** Who believes what, as far as this node has heard. */
  read(): ClusterViews {
    const { telemetry } = this.#kv.state;
    const own = digestOf(this.#host.beliefs(), this.#publisher.publishedCount);
    const told: [Told, ...Told[]] = [{ name: this.#host.name, ageMs: 0, digest: own }];
    const silent: SilentMember[] = [];
    for (const name of this.#otherLiveNames()) {
      const isCapable = this.#host.isCapable(name);
      const digest = isCapable ? this.#digestOf(name) : undefined;
      if (digest !== undefined) told.push({ name, ageMs: telemetry.ageMs(name, viewKey), digest });
      else silent.push({ name, reason: isCapable ? 'no digest' : 'stock' });
    }
    return groupViews(told, silent, () => this.#host.beliefs());
  }

  /** The same in numbers, at less cost. */
  summary(): ViewsSummary {
    const { live } = digestOf(this.#host.beliefs(), 0);
    return summarizeViews(live, this.#otherViews());
  }

  /** `onDone` hears `true` once all that can tell agree with this node, `false` when it stops before. */
  awaitAgreement(id: number, onDone: (isAgreed: boolean) => void): void {
    this.#agreement.wait(id, onDone);
  }

  /** Nobody waits under that number any more. */
  abandon(id: number): void {
    this.#agreement.abandon(id);
  }

  /**
   * Where two members disagree: asks both for their member lists, itself at once. `onDone` hears it after `timeoutMs` at the
   * latest.
   *
   * @throws `ClusterError` `ERR_CONFIG` for a time out of bounds, `ERR_STATE` when 64 inquiries are open
   */
  diff(nameA: string, nameB: string, timeoutMs: number, onDone: (diff: ViewsDiff) => void): void {
    const tables = new Map<string, Table>();
    const names = new Set([nameA, nameB]);
    const receive = (table: Table): void => {
      tables.set(table.name, table);
      if (tables.size === names.size) onDone(compareTables(tables.get(nameA)!, tables.get(nameB)!));
    };
    for (const name of names) {
      if (name === this.#host.name) receive({ name, rows: [...this.#host.beliefs()].map(rowOf) });
      else this.#tables.read(name, timeoutMs, receive);
    }
  }

  #areAllAgreed(): boolean {
    const { live } = digestOf(this.#host.beliefs(), 0);
    for (const name of this.#otherLiveNames()) {
      if (this.#host.isCapable(name) && this.#digestOf(name)?.live !== live) return false;
    }
    return true;
  }

  /** Who is live in the eyes of each of the others, as a digest; undefined where it has not told. */
  *#otherViews(): Generator<string | undefined> {
    for (const name of this.#otherLiveNames()) {
      yield this.#host.isCapable(name) ? this.#digestOf(name)?.live : undefined;
    }
  }

  *#otherLiveNames(): Generator<string> {
    for (const { name, state } of this.#host.beliefs()) if (isLive(state) && name !== this.#host.name) yield name;
  }

  #digestOf(name: string): ViewDigest | undefined {
    const entry = this.#kv.state.telemetry.get(name, viewKey);
    if (entry === undefined) return undefined;
    let digest = this.#digests.get(entry);
    if (digest === undefined) {
      digest = decodeDigest(entry.value) ?? 'unreadable';
      if (digest === 'unreadable') this.#unreadableCount += 1;
      this.#digests.set(entry, digest);
    }
    return digest === 'unreadable' ? undefined : digest;
  }

  #absenceOf(name: string): AbsenceReason {
    const belief = [...this.#host.beliefs()].find((each) => each.name === name);
    if (belief === undefined) return 'unknown';
    if (!this.#host.isCapable(name)) return 'stock';
    return isLive(belief.state) ? 'no answer' : (belief.state as 'failed' | 'left');
  }
}

const noAnswer = new Uint8Array(0);
