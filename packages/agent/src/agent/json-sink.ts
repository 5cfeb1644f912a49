import type { LeveledLogger, LogSink } from './agent-log.ts';

/**
 * A sink of an `AgentLog` that hands `write` one JSON object a line, made by pino, which is loaded only now. `node` and
 * `component` are in every line.
 */
export async function createJsonSink(node: string, write: (line: string) => void): Promise<LogSink> {
  const { pino, stdTimeFunctions } = await import('pino');
  const logger: LeveledLogger = pino(
    {
      level: 'trace',
      base: { node },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return ({ level, component, fields, message }) =>
    logger[level === 'err' ? 'error' : level]({ component, ...fields }, message);
}
