/** What became of a text that should be a span of time. */
export type ParsedDuration =
  | { readonly ok: true; readonly ms: number }
  /** `problem` is Go's text for it. */
  | { readonly ok: false; readonly problem: string };

const msByUnit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, the micro sign
  μs: 1e-3, // U+03BC, the Greek letter
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go counts nanoseconds in 63 bits: about 292 years. */
const maxMs = 2 ** 63 / 1e6;

/**
 * A span in Go's spelling, in milliseconds: `500ms`, `1m30s`, `1.5h`, `-2s`, `0`. Every amount needs a unit, of `ns`,
 * `us`, `ms`, `s`, `m` and `h`; only 0 needs none (Go `time.ParseDuration`).
 */
export function parseDuration(text: string): ParsedDuration {
  const sign = /^[+-]?/.exec(text)![0];
  let rest = text.slice(sign.length);
  if (rest === '0') return { ok: true, ms: 0 };
  if (rest === '') return invalid(text);
  let ms = 0;
  while (rest !== '') {
    const amount = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (amount === undefined) return invalid(text);
    rest = rest.slice(amount.length);
    const unit = /^[^\d.]*/.exec(rest)![0];
    if (unit === '') return { ok: false, problem: `time: missing unit in duration ${JSON.stringify(text)}` };
    const unitMs = Object.hasOwn(msByUnit, unit) ? msByUnit[unit] : undefined;
    if (unitMs === undefined) {
      return { ok: false, problem: `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}` };
    }
    rest = rest.slice(unit.length);
    ms += Number(amount) * unitMs;
  }
  if (ms >= maxMs) return invalid(text);
  return { ok: true, ms: sign === '-' ? -ms : ms };
}

/** A span for people, in the spelling {@link parseDuration} reads: `30s`, `1m30s`, `24h`. Whole milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1_000) return ms === 0 ? '0s' : `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1_000;
  return [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : '', seconds > 0 ? `${seconds}s` : ''].join('');
}

function invalid(text: string): ParsedDuration {
  return { ok: false, problem: `time: invalid duration ${JSON.stringify(text)}` };
}
