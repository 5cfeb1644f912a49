/** Serf's names for how much is logged, the most first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'err'] as const;

/** One of {@link logLevels}: what is below it is not logged. */
export type LogLevel = (typeof logLevels)[number];

/** Whether a line of `level` is logged when `threshold` is set. */
export function isAtLeast(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}

/** The level of that name, in whatever case; undefined when there is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const folded = text.toLowerCase();
  return logLevels.find((level) => level === folded);
}
