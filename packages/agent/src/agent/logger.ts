import type { Logger } from 'hearsay';

/** Serf's names for how much is logged, the most first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'err'] as const;

/** One of {@link logLevels}: what is below it is not logged. */
export type LogLevel = (typeof logLevels)[number];

/** Where a logger writes, and how much. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Takes one whole line with its newline. */
  readonly write: (line: string) => void;
  /** The wall clock. Default: the system's. */
  readonly now?: () => Date;
}

/**
 * Lines in Serf's format, `2026/01/02 15:04:05 [INFO] agent: text`, local time, with the fields after the text as
 * `key=value`. Every line stays one line, whatever a field holds.
 */
export function createTextLogger(component: string, options: LoggerOptions): Logger {
  const { write, now = () => new Date() } = options;
  const at = (level: LogLevel): ((fields: object, message: string) => void) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(options.level)) return () => {};
    return (fields, message) => {
      const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
      write(`${serfTime(now())} [${level.toUpperCase()}] ${component}: ${message}${rest.join('')}\n`);
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('err') };
}

/** One JSON object a line, by pino, which is loaded only now. `node` is in every line. */
export async function createJsonLogger(node: string, options: LoggerOptions): Promise<Logger> {
  const { pino, stdTimeFunctions } = await import('pino');
  const logger: Logger = pino(
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

function serfTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('/');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** A word as it is, all else as JSON, which has no line breaks and no control characters. */
function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'string' && /^[\w.:/@+[\]-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? String(value);
}
