import { ClusterError } from 'hearsay';
import type {
  RpcKvCommand,
  RpcKvEntry,
  RpcKvLane,
  RpcKvListRequest,
  RpcKvListResponse,
  RpcKvReceipt,
  RpcRequestBodies,
  RpcResponseBodies,
} from 'hearsay/client';
import type { AgentKv, AgentKvWrite } from './agent-kv.ts';
import type { RpcSession } from './session.ts';

/** What is answered to a command of gossiped state. */
export interface KvAnswer<Command extends RpcKvCommand> {
  readonly error: string;
  readonly body: RpcResponseBodies[Command];
  readonly afterAnswer?: () => void;
}

/** Whom a command of gossiped state is for. */
export interface KvCommandContext {
  /** Undefined: the agent keeps none. */
  readonly kv: AgentKv | undefined;
  readonly session: RpcSession;
  readonly seq: number;
}

type Work<Command extends RpcKvCommand> = (
  kv: AgentKv,
  body: RpcRequestBodies[Command],
  context: KvCommandContext,
) => Promise<Result<Command>> | Result<Command>;
type Result<Command extends RpcKvCommand> = Omit<RpcResponseBodies[Command], 'code'> & {
  readonly afterAnswer?: () => void;
};

/** Keys and values of one page of a list. What one value takes alone may be more. */
const pageMaxBytes = 1_048_576;
const pageMaxEntries = 4_096;
/** Receipts are gathered no longer than that. */
const waitMaxMs = 60_000;

/** Runs a command of gossiped state. Whatever goes wrong is in the answer, with its code. */
export async function runKvCommand<Command extends RpcKvCommand>(
  command: Command,
  context: KvCommandContext,
  body: RpcRequestBodies[Command],
): Promise<KvAnswer<Command>> {
  const { work, nothing } = commands[command];
  try {
    if (context.kv === undefined) {
      throw new ClusterError('ERR_UNSUPPORTED', 'this agent keeps no gossiped state: it was started with -kv=false');
    }
    const { afterAnswer, ...result } = await work(context.kv, body, context);
    const answer = { ...result, code: '' } as unknown as RpcResponseBodies[Command];
    return { error: '', body: answer, ...(afterAnswer !== undefined && { afterAnswer }) };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { error: error.message, body: { ...nothing, code: error.code } as unknown as RpcResponseBodies[Command] };
  }
}

const noEntry: RpcKvEntry = { author: '', key: '', ttlMs: 0, value: new Uint8Array(0), writtenAtMs: 0 };
const nowhere = { entry: noEntry, found: false, incapable: null, missing: null, seen: null } as const;
const noReceipt: RpcKvReceipt = { missing: null, overwrittenBy: '', seenCount: 0 };

/** What each command does, and the body of its answer when there is nothing to tell. */
const commands: {
  readonly [Command in RpcKvCommand]: {
    readonly work: Work<Command>;
    readonly nothing: Omit<RpcResponseBodies[Command], 'code'>;
  };
} = {
  'hearsay/kv/1/get': {
    work: (kv, { key, lane, node }) => {
      const entry = kv.get(laneOf(lane), node, key);
      return { entry: entry ?? noEntry, found: entry !== undefined };
    },
    nothing: { entry: noEntry, found: false },
  },
  'hearsay/kv/1/put': {
    work: (kv, { key, lane, ttlMs, touch, value, waitMs }) =>
      write(kv, { lane: laneOf(lane), key, value, ttlMs, touch, waitMs }),
    nothing: { changed: false, ...noReceipt },
  },
  'hearsay/kv/1/delete': {
    work: (kv, { key, lane, waitMs }) =>
      write(kv, { lane: laneOf(lane), key, value: undefined, ttlMs: 0, touch: false, waitMs }),
    nothing: { changed: false, ...noReceipt },
  },
  'hearsay/kv/1/list': {
    work: listPage,
    nothing: { cursor: '', entries: null },
  },
  'hearsay/kv/1/watch': {
    work: (kv, { key, lane, node, prefix, snapshot }, { session, seq }) => {
      const watch = { lane: laneOf(lane), key, node, prefix, snapshot };
      const started = session.startWatch(seq, (signal) => kv.watch(watch, signal));
      if ('error' in started) throw new ClusterError('ERR_QUEUE_FULL', started.error);
      return started;
    },
    nothing: {},
  },
  'hearsay/kv/1/where': {
    work: async (kv, { key, waitMs }) => {
      const found = await kv.where(key, checkWait(waitMs));
      return found === undefined ? nowhere : { ...found, found: true };
    },
    nothing: nowhere,
  },
};

async function write(kv: AgentKv, wanted: AgentKvWrite): Promise<Result<'hearsay/kv/1/put'>> {
  checkWait(wanted.waitMs);
  if (wanted.waitMs > 0 && wanted.lane !== 'shared') {
    throw new ClusterError('ERR_CONFIG', `the lane is ${wanted.lane}: only shared keys can be waited for`);
  }
  const { changed, receipt } = await kv.write(wanted);
  if (receipt === undefined) return { changed, ...noReceipt };
  const { missing, overwrittenBy = '', seenCount } = receipt;
  return { changed, missing, overwrittenBy, seenCount };
}

/** The keys after the cursor, in their order, as many as a page holds. */
function listPage(
  kv: AgentKv,
  { cursor, keysOnly, lane: laneText, node, prefix }: RpcKvListRequest,
): Omit<RpcKvListResponse, 'code'> {
  const lane = laneOf(laneText);
  const after = cursor === '' ? undefined : readCursor(cursor);
  const place = ({ author, key }: RpcKvEntry): Place => [lane === 'shared' ? '' : author, key];
  const rest = [...kv.list(lane, node, prefix)]
    .filter((entry) => after === undefined || comparePlaces(place(entry), after) > 0)
    .toSorted((a, b) => comparePlaces(place(a), place(b)));
  const entries: RpcKvEntry[] = [];
  let sizeBytes = 0;
  for (const entry of rest) {
    sizeBytes += entry.key.length + (keysOnly ? 0 : entry.value.length);
    if (entries.length > 0 && (sizeBytes > pageMaxBytes || entries.length >= pageMaxEntries)) break;
    entries.push(keysOnly ? { ...entry, value: noEntry.value } : entry);
  }
  const last = entries.at(-1);
  const isWhole = last === undefined || entries.length === rest.length;
  return { cursor: isWhole ? '' : JSON.stringify(place(last)), entries };
}

/** Where an entry stands in a list: the member first, in an owned lane. */
type Place = readonly [author: string, key: string];

function comparePlaces([authorA, keyA]: Place, [authorB, keyB]: Place): number {
  if (authorA !== authorB) return authorA < authorB ? -1 : 1;
  return keyA === keyB ? 0 : keyA < keyB ? -1 : 1;
}

function readCursor(cursor: string): Place {
  try {
    const place = JSON.parse(cursor) as unknown;
    if (Array.isArray(place) && place.length === 2 && place.every((part) => typeof part === 'string')) {
      return place as unknown as Place;
    }
  } catch {
    // told below
  }
  throw new ClusterError('ERR_CONFIG', 'the cursor is none that this agent has given');
}

const lanes: readonly string[] = ['shared', 'owned', 'telemetry'] satisfies readonly RpcKvLane[];

function laneOf(lane: string): RpcKvLane {
  if (lanes.includes(lane)) return lane as RpcKvLane;
  throw new ClusterError('ERR_CONFIG', `the lane is ${JSON.stringify(lane)}, it must be one of ${lanes.join(', ')}`);
}

function checkWait(waitMs: number): number {
  if (waitMs <= waitMaxMs) return waitMs;
  throw new ClusterError('ERR_CONFIG', `the wait is ${waitMs} ms, the limit is ${waitMaxMs}`);
}
