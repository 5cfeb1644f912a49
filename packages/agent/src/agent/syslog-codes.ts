import type { LogLevel } from './log-level.ts';

/** By name, the number of a facility (RFC 3164, section 4.1.1). */
const facilityNumbers: Readonly<Record<string, number>> = {
  KERN: 0,
  USER: 1,
  MAIL: 2,
  DAEMON: 3,
  AUTH: 4,
  SYSLOG: 5,
  LPR: 6,
  NEWS: 7,
  UUCP: 8,
  CRON: 9,
  AUTHPRIV: 10,
  FTP: 11,
  LOCAL0: 16,
  LOCAL1: 17,
  LOCAL2: 18,
  LOCAL3: 19,
  LOCAL4: 20,
  LOCAL5: 21,
  LOCAL6: 22,
  LOCAL7: 23,
};

/** By level, the severity Serf gives it: debug, notice, warning, err, and debug once more. */
const severityNumbers: Readonly<Record<LogLevel, number>> = { trace: 7, debug: 7, info: 5, warn: 4, err: 3 };

/** The names `syslog_facility` may have. */
export const syslogFacilities: readonly string[] = Object.keys(facilityNumbers);

/** Whether there is a facility of that name, in whatever case. */
export function isSyslogFacility(name: string): boolean {
  return Object.hasOwn(facilityNumbers, name.toUpperCase());
}

/** The number that stands in `<>` before a message (RFC 3164). The facility must be one. */
export function syslogPriority(facility: string, level: LogLevel): number {
  return facilityNumbers[facility.toUpperCase()]! * 8 + severityNumbers[level];
}
