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
