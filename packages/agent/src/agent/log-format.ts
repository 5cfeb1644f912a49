import type { LogLevel } from './log-level.ts';

/** Longer lines are cut, so that no input fills memory through the log. In UTF-16 units. */
const maxLineLength = 8_192;

/** Control characters, but for the tab. */
const controls = /[^\P{Cc}\t]/gu;

/**
 * A line in Serf's format, `2006/01/02 15:04:05 [INFO] agent: text`, local time, with the fields after the text as
 * `key=value`. It stays one line, whatever a field holds, and no name from the network moves the cursor of a terminal.
 */
export function formatLogLine(time: Date, level: LogLevel, component: string, fields: object, message: string): string {
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  const text = `${message}${rest.join('')}`.replaceAll(/[\r\n]+/g, ' ').replaceAll(controls, '\ufffd');
  const line = `${serfTime(time)} [${level.toUpperCase()}] ${component}: ${text}`;
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line;
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
