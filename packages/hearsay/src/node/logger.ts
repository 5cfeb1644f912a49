/**
 * Where a cluster writes its log: pino's shape, so a pino logger, or `console` through two lines of glue, fits as it
 * is. The first argument holds the facts as fields, the second a sentence that stays the same from event to event.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The default: a library says nothing unless it is asked to. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/**
 * `logger`, with what it throws kept from its caller: a full disk behind a log must not cost the protocol an event. The
 * process is warned of the first time.
 */
export function containLogger(logger: Logger): Logger {
  let hasWarned = false;
  const contain =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level](fields, message);
      } catch (error) {
        if (!hasWarned) process.emitWarning(`the logger of a cluster threw: ${String(error)}`);
        hasWarned = true;
      }
    };
  return { debug: contain('debug'), info: contain('info'), warn: contain('warn'), error: contain('error') };
}
