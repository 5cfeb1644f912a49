export { Agent, type AgentEnd } from './agent.ts';
export { AgentLog, type LogEntry, type LogSink } from './agent-log.ts';
export { nameOf, type AgentSettings } from './cluster-options.ts';
export {
  agentDefaults,
  commandLine,
  mergeConfig,
  plainPoolDefaults,
  type ConfigLayer,
  type SerfAgentConfig,
} from './config.ts';
export { checkConfig, type CheckedConfig } from './config-check.ts';
export { readConfigFiles } from './config-files.ts';
export { configKeys, type ConfigKey, type ConfigField } from './config-keys.ts';
export { formatDuration, parseDuration } from './durations.ts';
export { createJsonSink } from './json-sink.ts';
export { loadSyslog } from './load-syslog.ts';
export { parseLogLevel, type LogLevel } from './log-level.ts';
export { checkPlainPool } from './plain-pool.ts';
