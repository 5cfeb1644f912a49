import { ClusterError } from 'hearsay';
import type { RpcCommand, RpcKeysResponse, RpcKvCommand, RpcRequestBodies, RpcResponseBodies } from 'hearsay/client';
import { isValidFilter, matchesFilter, parseEventFilters } from '../event-filter.ts';
import { parseLogLevel } from '../log-level.ts';
import type { AgentApi, AgentEvent, AgentKeysResult } from './agent-api.ts';
import { runKvCommand } from './kv-commands.ts';
import { filterMembers } from './members-filter.ts';
import { toRpcMember } from './records.ts';
import type { RpcSession, Started } from './session.ts';

/** What is answered to a command. Its body goes along with an error too. */
export interface Answer<Command extends RpcCommand> {
  /** Empty for success. */
  readonly error: string;
  readonly body: RpcResponseBodies[Command];
  /** Called when the answer has been written. */
  readonly afterAnswer?: () => void;
}

/** Whom a command is for. */
export interface CommandContext {
  readonly api: AgentApi;
  readonly session: RpcSession;
  readonly seq: number;
}

/** The commands that need a handshake, and a key if there is one. */
export type OpenCommand = Exclude<RpcCommand, 'handshake' | 'auth'>;

type Handler<Command extends RpcCommand> = (
  context: CommandContext,
  body: RpcRequestBodies[Command],
) => Answer<Command> | Promise<Answer<Command>> | undefined;

/** Runs a command. Undefined: it cannot be answered, and the connection is to be closed (serf.md §14.2, rule 6). */
export function runCommand<Command extends OpenCommand>(
  command: Command,
  context: CommandContext,
  body: RpcRequestBodies[Command],
): Answer<Command> | Promise<Answer<Command>> | undefined {
  return handlers[command](context, body);
}

const handlers: { readonly [Command in OpenCommand]: Handler<Command> } = {
  event: ({ api }, { name, payload, coalesce }) => done(() => api.event(name, payload ?? nothing, coalesce)),
  'force-leave': ({ api }, { node, prune }) => done(() => api.forceLeave(node, prune)),
  tags: ({ api }, { deleteTags, tags }) => done(() => api.changeTags(deleteTags ?? [], tags ?? {})),

  join: async ({ api }, { existing, replay }) => {
    const { joinedCount, error = '' } = await api
      .join(existing ?? [], replay)
      .catch((reason: unknown) => ({ joinedCount: 0, error: errorText(reason) }));
    return { error, body: { num: joinedCount } };
  },

  leave: async ({ api }) => ({ ...(await done(() => api.leave())), afterAnswer: () => api.shutdown() }),

  members: ({ api }) => ({ error: '', body: { members: api.members().map(toRpcMember) } }),

  'members-filtered': ({ api }, { name, status, tags }) => {
    const filtered = filterMembers(api.members(), { name, status, tags: tags ?? {} });
    if (filtered.ok) return { error: '', body: { members: filtered.members.map(toRpcMember) } };
    return filtered.problem === undefined ? undefined : { error: filtered.problem, body: { members: null } };
  },

  stream: ({ session, seq }, { type }) => {
    const filters = parseEventFilters(type);
    if (!filters.every(isValidFilter)) return { error: 'Invalid event filter', body: undefined };
    const matches = (event: AgentEvent): boolean =>
      filters.some((filter) => matchesFilter(filter, event.type, 'name' in event ? event.name : ''));
    return started(session.startStream(seq, matches));
  },

  monitor: ({ session, seq }, { logLevel }) => {
    const level = parseLogLevel(logLevel);
    if (level === undefined) return { error: `Unknown log level: ${logLevel.toUpperCase()}`, body: undefined };
    return started(session.startMonitor(seq, level));
  },

  stop: ({ session }, { stop }) => {
    session.stop(stop);
    return success;
  },

  query: ({ session, seq }, { name, payload, filterNodes, filterTags, relayFactor, requestAck, timeoutNs }) => {
    // Those are for the agents among themselves; a ping without a payload asks nothing but whether one is there.
    const isReserved = name.startsWith('_serf_') && !(name === '_serf_ping' && payload === null);
    if (isReserved) return { error: "Queries cannot contain the '_serf_' prefix", body: undefined };
    return attempt(() =>
      session.startQuery(seq, {
        name,
        payload: payload ?? undefined,
        filterNodes: filterNodes ?? [],
        filterTags: filterTags ?? {},
        relayFactor,
        requestAck,
        timeoutMs: Math.max(0, timeoutNs / 1e6),
      }),
    );
  },

  respond: ({ session }, { id, payload }) =>
    attempt(() =>
      session.respond(id, payload ?? nothing) ? { afterAnswer: () => {} } : { error: 'No pending queries matching ID' },
    ),

  'install-key': ({ api }, { key }) => keysAnswer(() => api.changeKey('install', key)),
  'use-key': ({ api }, { key }) => keysAnswer(() => api.changeKey('use', key)),
  'remove-key': ({ api }, { key }) => keysAnswer(() => api.changeKey('remove', key)),
  'list-keys': ({ api }) => keysAnswer(() => api.listKeys()),

  stats: ({ api }) => ({ error: '', body: api.stats() }),

  'get-coordinate': ({ api }, { node }) => {
    const coordinate = api.coordinate(node);
    return { error: '', body: { coord: coordinate ?? noCoordinate, ok: coordinate !== undefined } };
  },

  'hearsay/status/1/read': ({ api }, { membersMax }) => {
    try {
      return { error: '', body: { status: encoder.encode(JSON.stringify(api.status(membersMax))) } };
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      return { error: error.message, body: { status: nothing } };
    }
  },

  'hearsay/telemetry/1/read': ({ api }, { metrics, mode, tags, waitMs }) =>
    reported(() => {
      if (mode !== 'fold' && mode !== 'poll' && mode !== 'estimate')
        throw new ClusterError('ERR_CONFIG', `metrics are told by fold, poll or estimate, not '${mode}'`);
      return api.telemetry({
        metrics: metrics ?? [],
        mode,
        tags: tags ?? {},
        ...(waitMs > 0 && { timeoutMs: waitMs }),
      });
    }),

  'hearsay/views/1/diff': ({ api }, { a, b, waitMs }) =>
    reported(() => api.diff(a, b, waitMs > 0 ? waitMs : undefined)),
  'hearsay/views/1/read': ({ api }) => reported(() => api.views()),

  'hearsay/trace/1/run': ({ api }, { kind, lossPermille, name, value, waitMs }) =>
    reported(() => {
      if (kind !== 'event' && kind !== 'kv')
        throw new ClusterError('ERR_CONFIG', `a rumor is an event or kv, not '${kind}'`);
      return api.trace(kind, name, value, { loss: lossPermille / 1_000, ...(waitMs > 0 && { timeoutMs: waitMs }) });
    }),

  'hearsay/why/1/ask': ({ api }, { atMs, node, waitMs }) =>
    reported(() => api.why(node, { ...(atMs > 0 && { atMs }), ...(waitMs > 0 && { timeoutMs: waitMs }) })),

  'hearsay/kv/1/get': kvHandler('hearsay/kv/1/get'),
  'hearsay/kv/1/put': kvHandler('hearsay/kv/1/put'),
  'hearsay/kv/1/delete': kvHandler('hearsay/kv/1/delete'),
  'hearsay/kv/1/list': kvHandler('hearsay/kv/1/list'),
  'hearsay/kv/1/watch': kvHandler('hearsay/kv/1/watch'),
  'hearsay/kv/1/where': kvHandler('hearsay/kv/1/where'),
};

function kvHandler<Command extends RpcKvCommand>(command: Command): Handler<Command> {
  return ({ api, session, seq }, body) => runKvCommand(command, { kv: api.kv, session, seq }, body);
}

/** A command that has nothing to tell but whether it worked. */
interface PlainAnswer {
  readonly error: string;
  readonly body: undefined;
  readonly afterAnswer?: () => void;
}

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();
const success: PlainAnswer = { error: '', body: undefined };
const noCoordinate = { vec: null, error: 0, adjustment: 0, height: 0 } as const;

/** The answer of a command of our own: a document as JSON, or an error with its code. */
async function reported(
  action: () => unknown,
): Promise<{ readonly error: string; readonly body: { readonly code: string; readonly report: Uint8Array } }> {
  try {
    const report = await action();
    return { error: '', body: { code: '', report: encoder.encode(JSON.stringify(report)) } };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { error: error.message, body: { code: error.code, report: nothing } };
  }
}

async function done(action: () => unknown): Promise<PlainAnswer> {
  try {
    await action();
    return success;
  } catch (reason) {
    return { error: errorText(reason), body: undefined };
  }
}

function attempt(start: () => Started): PlainAnswer {
  try {
    return started(start());
  } catch (reason) {
    return { error: errorText(reason), body: undefined };
  }
}

function started(outcome: Started): PlainAnswer {
  if ('error' in outcome) return { error: outcome.error, body: undefined };
  return { error: '', body: undefined, afterAnswer: outcome.afterAnswer };
}

async function keysAnswer(
  action: () => Promise<AgentKeysResult>,
): Promise<{ readonly error: string; readonly body: RpcKeysResponse }> {
  try {
    const { keys = null, messages, errorCount, nodeCount, responseCount, error = '' } = await action();
    return { error, body: { keys, messages, numErr: errorCount, numNodes: nodeCount, numResp: responseCount } };
  } catch (reason) {
    const body = { keys: null, messages: {}, numErr: 0, numNodes: 0, numResp: 0 };
    return { error: errorText(reason), body };
  }
}

/** Serf's text for what went wrong. Ours may add figures in parentheses, which the stock command need not see. */
function errorText(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return reason instanceof ClusterError ? reason.message.replace(/ \([^()]*\)$/, '') : reason.message;
}
