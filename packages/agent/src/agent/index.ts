export { Agent, type AgentConfig } from './agent.ts';
export { createJsonLogger, createTextLogger, logLevels, type LoggerOptions, type LogLevel } from './logger.ts';
