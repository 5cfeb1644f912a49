import type { KnownMetric, MetricKind, PollMissingReason, TelemetryPollResult } from '../../cluster/index.ts';
import { compilePattern, type Pattern, type SerfMember } from '../../serf/index.ts';
import { ClusterError } from '../../util/index.ts';
import type { CallOptions } from '../calls.ts';
import { checkKinds, optionKinds, type Kind } from '../check-options.ts';
import {
  checkGaugeFold,
  checkMetric,
  TelemetryReadings,
  type GaugeFold,
  type TelemetryDistribution,
  type TelemetryTop,
  type TelemetryValue,
} from './readings.ts';

/** Whom {@link ClusterTelemetry.poll} asks, and for how long. */
export interface TelemetryPollOptions extends CallOptions {
  /**
   * Only members with tags that match, each an expression (in the syntax of RE2 and Go) for the whole value.
   *
   * @defaultValue all live members
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** For how long answers are waited for, in milliseconds; at most 60,000. @defaultValue 3000 */
  readonly timeoutMs?: number;
}

/** A member that a poll has no answer of. */
export interface PollMissing {
  readonly name: string;
  /** `stock`: other software, which was not asked. `no answer`: it was silent, or has no telemetry. */
  readonly reason: PollMissingReason;
}

const kinds: Readonly<Record<keyof TelemetryPollOptions, Kind>> = {
  signal: optionKinds.record,
  tags: optionKinds.record,
  timeoutMs: optionKinds.number,
};

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkPollOptions(names: readonly string[], options: TelemetryPollOptions): void {
  checkKinds('poll', kinds, options);
  names.forEach(checkMetric);
}

/**
 * Names of those with such tags.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` for what is no expression
 */
export function namesWithTags(members: readonly SerfMember[], tags: Readonly<Record<string, string>>): string[] {
  const filters = Object.entries(tags).map(([tag, expression]) => ({ tag, pattern: toPattern(expression) }));
  const isMatch = (member: SerfMember): boolean =>
    filters.every(({ tag, pattern }) => Object.hasOwn(member.tags, tag) && pattern.test(member.tags[tag]!));
  return members.filter(isMatch).map(({ name }) => name);
}

/** What members have answered when they were asked for their metrics: of their last minute up to now. */
export class TelemetryPoll {
  /** Who was asked, or would have been, and is not in the results. */
  readonly missing: readonly PollMissing[];
  readonly #readings: TelemetryReadings;

  /** @internal Made by `cluster.telemetry.poll()`. */
  constructor({ folder, missing }: TelemetryPollResult) {
    this.missing = missing;
    this.#readings = new TelemetryReadings(folder, () => undefined);
  }

  /** What those that answered measure, of what was asked for. */
  metrics(): readonly KnownMetric[] {
    return this.#readings.metrics();
  }

  /** What kind it is on most of those that answered; undefined when none has it. */
  kindOf(name: string): MetricKind | undefined {
    checkMetric(name);
    return this.#readings.kindOf(name);
  }

  /** As {@link ClusterTelemetry.value}; a counter is the sum of what the processes that answered have counted. */
  value(name: string, options: { readonly of?: GaugeFold } = {}): TelemetryValue | undefined {
    const { of = 'sum' } = options;
    checkMetric(name);
    checkGaugeFold(of);
    return this.#readings.value(name, of);
  }

  /** As {@link ClusterTelemetry.rate}. */
  rate(name: string): TelemetryValue | undefined {
    checkMetric(name);
    return this.#readings.rate(name);
  }

  /** As {@link ClusterTelemetry.quantile}. */
  quantile(name: string, q: number): TelemetryValue | undefined {
    checkMetric(name);
    return this.#readings.quantile(name, q);
  }

  /** As {@link ClusterTelemetry.distribution}. */
  distribution(name: string): TelemetryDistribution | undefined {
    checkMetric(name);
    return this.#readings.distribution(name);
  }

  /** As {@link ClusterTelemetry.top}. */
  top(name: string, count: number = 10): TelemetryTop | undefined {
    checkMetric(name);
    return this.#readings.top(name, count);
  }
}

/** Not one of JavaScript: what others have in their tags could take it for ever. */
function toPattern(expression: unknown): Pattern {
  if (typeof expression !== 'string') throw new ClusterError('ERR_CONFIG', 'tags must be an object of strings');
  const pattern = compilePattern(`^(?:${expression})$`);
  if (pattern !== undefined) return pattern;
  throw new ClusterError('ERR_CONFIG', `tags has '${expression}', which is no expression`);
}
