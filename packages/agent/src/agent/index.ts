export { Agent, type AgentConfig } from './agent.ts';
export { createJsonLogger, createTextLogger, type LoggerOptions } from './logger.ts';
export { logLevels, type LogLevel } from './log-level.ts';
