import type { Logger } from 'hearsay';
import { formatLogLine } from './log-format.ts';
import { isAtLeast, type LogLevel } from './log-level.ts';
import { LogRing } from './log-ring.ts';

/** A logger with Serf's lowest level as well. */
export interface LeveledLogger extends Logger {
  trace(fields: object, message: string): void;
}

/** What was logged, before it became a line. */
export interface LogEntry {
  readonly level: LogLevel;
  /** Who says it: `agent`, `serf`, `agent.ipc`. */
  readonly component: string;
  readonly message: string;
  readonly fields: object;
  /** The whole line in Serf's format, without its newline. */
  readonly text: string;
}

/** Takes every entry that passes the agent's level; must not throw. */
export type LogSink = (entry: LogEntry) => void;

/**
 * The log of one agent: loggers for its components in front; behind them a ring that keeps lines of all levels for
 * monitors, and sinks (terminal, syslog) that get those of the agent's level.
 */
export class AgentLog {
  readonly ring: LogRing = new LogRing();
  readonly #sinks: LogSink[] = [];
  readonly #now: () => Date;
  /** What sinks get. It may be changed while the agent runs, as SIGHUP does. */
  level: LogLevel;

  constructor(level: LogLevel, now: () => Date = () => new Date()) {
    this.level = level;
    this.#now = now;
  }

  addSink(sink: LogSink): void {
    this.#sinks.push(sink);
  }

  /** A logger whose lines say `component`. */
  logger(component: string): LeveledLogger {
    const at =
      (level: LogLevel): Logger['debug'] =>
      (fields, message) =>
        this.#write(level, component, fields, message);
    return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('err') };
  }

  #write(level: LogLevel, component: string, fields: object, message: string): void {
    const text = formatLogLine(this.#now(), level, component, fields, message);
    this.ring.add({ level, text });
    if (!isAtLeast(level, this.level)) return;
    for (const sink of this.#sinks) sink({ level, component, message, fields, text });
  }
}
