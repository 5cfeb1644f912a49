import type { Logger } from 'hearsay';
import type { LeveledLogger, LogSink } from './agent-log.ts';
import { formatLogLine } from './log-format.ts';
import { isAtLeast, type LogLevel } from './log-level.ts';

/** Where a logger writes, and how much. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Takes one whole line with its newline. */
  readonly write: (line: string) => void;
  /** The wall clock. Default: the system's. */
  readonly now?: () => Date;
}

/** Lines in Serf's format, one component, no ring and no sinks: see {@link formatLogLine}. */
export function createTextLogger(component: string, options: LoggerOptions): Logger {
  const { write, now = () => new Date() } = options;
  const at = (level: LogLevel): ((fields: object, message: string) => void) => {
    if (!isAtLeast(level, options.level)) return () => {};
    return (fields, message) => write(`${formatLogLine(now(), level, component, fields, message)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('err') };
}

/** One JSON object a line, by pino, which is loaded only now. `node` is in every line. */
export async function createJsonLogger(node: string, options: LoggerOptions): Promise<Logger> {
  return createPino(node, options);
}

/** A sink of an `AgentLog` that writes one JSON object a line, by pino. `node` and `component` are in every line. */
export async function createJsonSink(node: string, write: (line: string) => void): Promise<LogSink> {
  const logger = await createPino(node, { level: 'trace', write });
  return ({ level, component, fields, message }) =>
    logger[level === 'err' ? 'error' : level]({ component, ...fields }, message);
}

async function createPino(node: string, options: LoggerOptions): Promise<LeveledLogger> {
  const { pino, stdTimeFunctions } = await import('pino');
  const logger: LeveledLogger = pino(
    {
      level: options.level === 'err' ? 'error' : options.level,
      base: { node },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.write },
  );
  return logger;
}
