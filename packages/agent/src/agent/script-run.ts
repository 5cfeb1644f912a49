import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { MemberEventKind } from './event-filter.ts';
import { TailBuffer } from './tail-buffer.ts';

/** A member as a script gets to see it. */
export interface ScriptMember {
  readonly name: string;
  /** The IP address, without a port. */
  readonly host: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An event for scripts. */
export type ScriptEvent =
  | { readonly type: MemberEventKind; readonly members: readonly ScriptMember[] }
  | { readonly type: 'user'; readonly name: string; readonly payload: Uint8Array; readonly ltime: number }
  | ScriptQuery;

/** A query for scripts: what one of them writes is the answer. */
export interface ScriptQuery {
  readonly type: 'query';
  readonly name: string;
  readonly payload: Uint8Array;
  readonly ltime: number;
  /** Answers the query; throws or rejects when it is too late or too long. */
  readonly respond: (payload: Uint8Array) => void | Promise<void>;
}

/** The member that runs the script. */
export interface ScriptSelf {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What came of one run. */
export interface ScriptOutcome {
  /** Output and errors in the order they were written, the last 8,192 bytes. */
  readonly output: Uint8Array;
  /** How many bytes before those are lost. */
  readonly truncatedBytes: number;
  /** Undefined: ended with status 0. */
  readonly failure: string | undefined;
  readonly durationMs: number;
}

/** Limits of one run. */
export interface ScriptLimits {
  /** 0: none. */
  readonly timeoutMs: number;
  /** Ends the script, and all it has started. */
  readonly signal: AbortSignal;
}

/** Serf `command/agent/invoke.go`, `maxBufSize`. */
const outputMaxBytes = 8_192;
/** From asking a script to end to ending it. */
const killAfterMs = 1_000;

/**
 * Runs `script` in a shell for one event: the event in environment and standard input, as Serf's agent gives it.
 * Never throws. It is over when the script has ended and nobody holds its output open any more, as in Serf.
 */
export async function runScript(
  script: string,
  event: ScriptEvent,
  self: ScriptSelf,
  { timeoutMs, signal }: ScriptLimits,
): Promise<ScriptOutcome> {
  const startedAtMs = performance.now();
  const output = new TailBuffer(outputMaxBytes);
  const failure = await runToEnd();
  const { bytes, droppedBytes } = output;
  return { output: bytes, truncatedBytes: droppedBytes, failure, durationMs: performance.now() - startedAtMs };

  async function runToEnd(): Promise<string | undefined> {
    const overdue = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
    try {
      const child = start(script, scriptEnvironment(event, self));
      const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>; // hears of errors as well
      // When the process has no file descriptors left, there are no pipes.
      child.stdout?.on('data', (chunk: Buffer) => output.append(chunk));
      child.stderr?.on('data', (chunk: Buffer) => output.append(chunk));
      child.stdin?.on('error', () => {}); // a script need not read its input
      child.stdin?.end(scriptInput(event));
      const stopKilling = killWhenAborted(child, overdue === undefined ? signal : AbortSignal.any([signal, overdue]));
      const [code, killedBy] = await closed.finally(stopKilling);
      if (overdue?.aborted === true) return `ended after ${timeoutMs}ms, its event_handler_timeout`;
      if (killedBy !== null) return `signal: ${signalText(killedBy)}`;
      return code === 0 ? undefined : `exit status ${code}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/**
 * The shell is started by another one that lets output and errors go into the same pipe and then takes no further
 * part: with two pipes their order would be lost. It has a process group of its own, so that it can be ended as a whole.
 */
function start(script: string, env: NodeJS.ProcessEnv): ChildProcess {
  if (process.platform === 'win32') return spawn('cmd', ['/C', script], { env, stdio: 'pipe' });
  return spawn('/bin/sh', ['-c', 'exec /bin/sh -c "$0" 2>&1', script], { env, stdio: 'pipe', detached: true });
}

/** Asks first, then insists. Returns what ends the watch. */
function killWhenAborted(child: ChildProcess, signal: AbortSignal): () => void {
  let insist: NodeJS.Timeout | undefined;
  const kill = (): void => {
    killGroup(child, 'SIGTERM');
    insist = setTimeout(() => {
      killGroup(child, 'SIGKILL');
      // A process that left the group may still hold the output; nobody waits for it.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, killAfterMs);
  };
  if (signal.aborted) kill();
  else signal.addEventListener('abort', kill, { once: true });
  return () => {
    signal.removeEventListener('abort', kill);
    clearTimeout(insist);
  };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is empty: everything has ended by itself.
  }
}

/** Go's words for the signals that end scripts; for others their name. */
function signalText(signal: NodeJS.Signals): string {
  return signal === 'SIGTERM' ? 'terminated' : signal === 'SIGKILL' ? 'killed' : signal;
}

/**
 * The agent's own environment and Serf's variables, without the cluster's key, which no script needs. The auth key of RPC
 * stays: scripts ask the agent with it.
 */
function scriptEnvironment(event: ScriptEvent, self: ScriptSelf): NodeJS.ProcessEnv {
  const variables: Record<string, string> = {
    SERF_EVENT: event.type,
    SERF_SELF_NAME: self.name,
    SERF_SELF_ROLE: ownTag(self.tags, 'role'),
  };
  for (const [tag, value] of Object.entries(self.tags)) {
    variables[`SERF_TAG_${tag.toUpperCase().replaceAll(/[^A-Z0-9_]/gu, '_')}`] = value;
  }
  if (event.type === 'user') {
    variables['SERF_USER_EVENT'] = event.name;
    variables['SERF_USER_LTIME'] = String(event.ltime);
  }
  if (event.type === 'query') {
    variables['SERF_QUERY_NAME'] = event.name;
    variables['SERF_QUERY_LTIME'] = String(event.ltime);
  }
  // No environment can hold a zero byte, and names come from the network.
  const entries = Object.entries(variables).map(([key, value]) => [key, value.replaceAll('\0', '\\0')]);
  const { HEARSAY_ENCRYPT: _, ...own } = process.env;
  return { ...own, ...(Object.fromEntries(entries) as Record<string, string>) };
}

function scriptInput(event: ScriptEvent): string | Uint8Array {
  if (!('payload' in event)) return event.members.map(memberLine).join('');
  const { payload } = event;
  const needsNewline = payload.length > 0 && payload.at(-1) !== 0x0a;
  return needsNewline ? Buffer.concat([payload, Buffer.from('\n')]) : payload;
}

function memberLine({ name, host, tags }: ScriptMember): string {
  const list = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return `${[name, host, ownTag(tags, 'role'), list.join(',')].map(oneField).join('\t')}\n`;
}

function oneField(text: string): string {
  return text.replaceAll('\t', '\\t').replaceAll('\n', '\\n');
}

function ownTag(tags: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(tags, key) ? tags[key]! : '';
}
