/** A span as people say it, in its largest unit: `0s`, `59s`, `12m`, `3h`, `5d`. */
export function spanText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A short span to two digits or so: `0.4ms`, `12ms`, `1.2s`, `75s`. */
export function millisecondsText(ms: number): string {
  if (ms < 9.95) return `${trimmed(ms)}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  return ms < 9_950 ? `${trimmed(ms / 1_000)}s` : `${Math.round(ms / 1_000)}s`;
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes to two digits or more: `812 B`, `1.2 KiB`, `98 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_023.5 && unit < byteUnits.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? trimmed(value) : Math.round(value)} ${byteUnits[unit]}`;
}

/** A number with one digit behind the point while it is small: `0.5`, `42`, `1234`. */
export function numberText(value: number): string {
  return value < 9.95 ? trimmed(value) : String(Math.round(value));
}

/** `2.0` is `2`. */
function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
