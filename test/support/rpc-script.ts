import { ClusterError } from 'hearsay';
import type { AgentEvent, AgentMember } from '../../packages/agent/src/agent/rpc/agent-api.ts';
import { fromHex, type RpcSession } from './rpc-corpus.ts';
import type { ScriptedAgent } from './scripted-agent.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Lets a scripted agent know, before each request of a recorded session, what the real one must have known; and lets
 * happen what the records tell of. For sessions in the order they were recorded.
 */
export class RpcScript {
  /** The agent's clock. */
  nowMs: number = 0;
  /** Everybody the real agent listed when it was last asked for all. */
  #pool: readonly AgentMember[] = [];
  #session!: RpcSession;
  #agent!: ScriptedAgent;
  #respondError: string = '';
  /** What has happened already: one event may be told of by several streams. */
  readonly #happened: Set<string> = new Set();
  readonly #tellings: Map<string, number> = new Map();

  begin(session: RpcSession, agent: ScriptedAgent): void {
    this.#session = session;
    this.#agent = agent;
    this.#happened.clear();
    this.#tellings.clear();
  }

  /** The key that the agent of this session asks for. */
  get authKey(): string {
    const refusals = ['Authentication required', 'Invalid authentication token'];
    const isRefused = this.#session.messages.some(({ value }) => refusals.includes(String(value?.['Error'])));
    const isAuthenticated = JSON.stringify(this.#session.messages).includes('"AuthKey":"sesame"');
    const hasNone = this.#session.name.endsWith('auth on an agent without a key');
    return (isRefused || isAuthenticated) && !hasNone ? 'sesame' : '';
  }

  /** The client is about to send message `index`. */
  requestAt(index: number): void {
    const { Command: command, Seq: seq } = this.#valueAt(index);
    if (typeof command !== 'string') return;
    const { messages } = this.#session;
    const answerAt = messages.findIndex(
      ({ dir, value }, at) => at > index && dir === 's2c' && value?.['Seq'] === seq && value?.['Error'] !== undefined,
    );
    if (answerAt === -1) return;
    const body = messages[answerAt + 1]?.value ?? {};
    this.#prepare(command, this.#valueAt(index + 1), String(this.#valueAt(answerAt)['Error']), body);
  }

  #prepare(command: string, request: Json, error: string, body: Json): void {
    const agent = this.#agent;
    const fail = (name: string): void => {
      if (error !== '') agent.failures.set(name, new ClusterError('ERR_CONFIG', error));
    };
    switch (command) {
      case 'event':
      case 'query':
        return fail(command);
      case 'force-leave':
        return fail('forceLeave');
      case 'tags':
        return fail('changeTags');
      case 'respond':
        // The recorded client waited until the time was up.
        if (error === 'No pending queries matching ID') this.nowMs += 60_000;
        this.#respondError = error;
        return;
      case 'join':
        agent.joinResult = { joinedCount: body['Num'] as number, error };
        return;
      case 'members':
        agent.memberList = membersOf(body);
        return;
      case 'members-filtered':
        return this.#prepareMembers(request, membersOf(body));
      case 'install-key':
      case 'use-key':
      case 'remove-key':
        if (body['NumNodes'] === 0) return fail('changeKey');
        agent.keysResult = toKeysResult(body, error);
        return;
      case 'list-keys':
        agent.keysResult = toKeysResult(body, error);
        return;
      case 'stats':
        agent.statistics = body as Record<string, Record<string, string>>;
        return;
      case 'get-coordinate':
        if (body['Ok'] === true) agent.coordinates.set(String(request['Node']), toCoordinate(body['Coord'] as Json));
    }
  }

  /** All members that are known from before, so that the filter has something to keep out. */
  #prepareMembers(request: Json, listed: readonly AgentMember[]): void {
    const { Name: name, Status: status, Tags: tags } = request;
    const isAll = name === '' && status === '' && Object.keys((tags as Json | null) ?? {}).length === 0;
    const others = this.#pool.filter(({ name: other }) => !listed.some((member) => member.name === other));
    this.#agent.memberList = isAll ? listed : [...listed, ...others];
    if (isAll) this.#pool = listed;
  }

  /** Whether message `index` is the body of a record. */
  isRecord(index: number): boolean {
    const value = this.#valueAt(index);
    return ['Log', 'Event', 'From'].some((key) => typeof value[key] === 'string') && !('Command' in value);
  }

  /** The server has come to message `index`: if it is a record, what it tells of happens now. */
  recordAt(index: number): void {
    const value = this.#valueAt(index);
    const seq = String(this.#valueAt(index - 1)['Seq']);
    if (typeof value['Log'] === 'string') {
      if (!this.#isNews('log', value['Log'])) return;
      this.#agent.logs.add({ level: 'err', text: value['Log'] });
    } else if (typeof value['Event'] === 'string') {
      const { ID: _, ...told } = value;
      if (this.#isNews(seq, JSON.stringify(told))) this.#agent.emit(this.#toEvent(value));
    } else if (typeof value['From'] === 'string') {
      this.#answer(value['From'], value);
    }
  }

  #isNews(seq: string, text: string): boolean {
    const telling = `${seq} ${text}`;
    const count = this.#tellings.get(telling) ?? 0;
    if (seq !== 'log') this.#tellings.set(telling, count + 1);
    const happening = `${count} ${text}`;
    const isNews = !this.#happened.has(happening);
    this.#happened.add(happening);
    return isNews;
  }

  #answer(from: string, { Type: type, Payload: payload }: Json): void {
    const query = this.#agent.queries.at(-1)!;
    if (type === 'ack') query.push({ type, from });
    else if (type === 'response') query.push({ type, from, payload: bytesOf(payload) });
    else query.end();
  }

  #toEvent(value: Json): AgentEvent {
    const { Event: type, Name: name, LTime: ltime, Payload: payload, Coalesce: coalesce } = value;
    const named = { name: String(name), ltime: ltime as number, payload: bytesOf(payload) };
    if (type === 'user') return { type, ...named, coalesce: coalesce as boolean };
    if (type !== 'query') return { type: type as 'member-join', members: membersOf(value) };
    return {
      type,
      ...named,
      receivedAtMs: this.nowMs,
      timeoutMs: 5_000,
      respond: () => {
        if (this.#respondError !== '') throw new ClusterError('ERR_CONFIG', this.#respondError);
      },
    };
  }

  #valueAt(index: number): Json {
    return this.#session.messages[index]?.value ?? {};
  }
}

function membersOf({ Members: members }: Json): AgentMember[] {
  return ((members as readonly Json[] | null) ?? []).map((member) => ({
    name: member['Name'] as string,
    addr: bytesOf(member['Addr']),
    port: member['Port'] as number,
    status: member['Status'] as string,
    tags: member['Tags'] as Record<string, string>,
    versions: {
      protocolMin: member['ProtocolMin'] as number,
      protocolMax: member['ProtocolMax'] as number,
      protocolCurrent: member['ProtocolCur'] as number,
      delegateMin: member['DelegateMin'] as number,
      delegateMax: member['DelegateMax'] as number,
      delegateCurrent: member['DelegateCur'] as number,
    },
  }));
}

function toKeysResult(body: Json, error: string): ScriptedAgent['keysResult'] {
  return {
    nodeCount: body['NumNodes'] as number,
    responseCount: body['NumResp'] as number,
    errorCount: body['NumErr'] as number,
    messages: body['Messages'] as Record<string, string>,
    keys: (body['Keys'] as Record<string, number> | null) ?? undefined,
    error: error === '' ? undefined : error,
  };
}

function toCoordinate({ Vec: vec, Error: error, Adjustment: adjustment, Height: height }: Json): {
  readonly vec: readonly number[];
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
} {
  return {
    vec: vec as number[],
    error: error as number,
    adjustment: adjustment as number,
    height: height as number,
  };
}

function bytesOf(value: unknown): Uint8Array {
  const hex = (value as { readonly $bin?: string } | null)?.$bin ?? '';
  return fromHex(hex);
}
