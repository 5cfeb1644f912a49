import type { Syslog } from './syslog.ts';

/**
 * A way into the system's log. Loaded only now.
 *
 * @throws `ClusterError` `ERR_CONFIG` when this system has none
 */
export async function loadSyslog(facility: string): Promise<Syslog> {
  const { Syslog: SyslogClass } = await import('./syslog.ts');
  return new SyslogClass({ facility });
}
