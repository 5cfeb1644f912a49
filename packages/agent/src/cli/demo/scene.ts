import type { Paint } from '../output.ts';
import type { DemoRecord, Views } from './record.ts';

/** What happens, in its order. */
export type ActName = 'forming' | 'rumor' | 'crash' | 'comeback' | 'flag' | 'deletion';

/** One act: what the audience is told while it goes on. */
export interface Act {
  readonly name: ActName;
  readonly title: string;
  /** A paragraph that fits into three lines of 78 columns. */
  readonly story: string;
}

/** Everything a picture is drawn from. */
export interface Scene {
  readonly record: DemoRecord;
  readonly views: Views;
  readonly act: Act;
  readonly nowMs: number;
  /** Where each node listens, as `127.0.0.1:40001`. */
  readonly addresses: ReadonlyMap<string, string>;
  /** What happened so far, the oldest first. */
  readonly log: readonly LogLine[];
  readonly paint: Paint;
}

/** A line of what happened, `atMs` since the start of the show. */
export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

/** Seconds with one decimal: the show's clock. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
