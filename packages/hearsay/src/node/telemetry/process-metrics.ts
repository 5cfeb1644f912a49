import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import type { NodeTelemetry } from '../../cluster/index.ts';

/** The names under which each member publishes how its process does. */
export const processMetricNames = {
  loopDelay: 'process.event_loop_delay_ms',
  gcPause: 'process.gc_pause_ms',
  cpu: 'process.cpu_cores',
  rss: 'process.rss_bytes',
  heap: 'process.heap_used_bytes',
  throttled: 'process.throttled_ms',
} as const;

/** Measures how this process does, for as long as the cluster runs. Nothing of it keeps the process running. */
export class ProcessMetrics {
  readonly #telemetry: NodeTelemetry;
  readonly #collections: PerformanceObserver;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #cpuAtNs: bigint = process.hrtime.bigint();
  #throttledMs: number | undefined = readThrottledMs();
  #isClosed: boolean = false;

  constructor(telemetry: NodeTelemetry) {
    this.#telemetry = telemetry;
    const pauses = telemetry.instrument('histogram', processMetricNames.gcPause);
    this.#collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) pauses.current.record(toTenths(duration));
    });
    this.#collections.observe({ entryTypes: ['gc'] });
    telemetry.onSample(() => this.#collect());
  }

  /**
   * A timer of this member fired that late. It has some each second, so a clock of its own that only looks at the event
   * loop would wake the process for nothing. A whole millisecond is as fine as timers are.
   */
  recordLoopDelay(latenessMs: number): void {
    if (this.#isClosed) return;
    this.#telemetry.instrument('histogram', processMetricNames.loopDelay).current.record(Math.round(latenessMs));
  }

  close(): void {
    this.#isClosed = true;
    this.#collections.disconnect();
  }

  #collect(): void {
    if (this.#isClosed) return;
    this.#collectCpu();
    const { rss, heapUsed } = process.memoryUsage();
    this.#telemetry.instrument('gauge', processMetricNames.rss).set(rss);
    this.#telemetry.instrument('gauge', processMetricNames.heap).set(heapUsed);
    this.#collectThrottling();
  }

  #collectCpu(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const nowNs = process.hrtime.bigint();
    const elapsedUs = Number(nowNs - this.#cpuAtNs) / 1e3;
    this.#cpu = process.cpuUsage();
    this.#cpuAtNs = nowNs;
    if (elapsedUs <= 0) return;
    const cores = Math.round(((user + system) / elapsedUs) * 1e4) / 1e4;
    this.#telemetry.instrument('gauge', processMetricNames.cpu).set(cores);
  }

  #collectThrottling(): void {
    const before = this.#throttledMs;
    if (before === undefined) return;
    const now = readThrottledMs();
    if (now === undefined) return;
    this.#throttledMs = now;
    this.#telemetry.instrument('counter', processMetricNames.throttled).add(Math.max(0, Math.round(now - before)));
  }
}

/** How long the kernel has kept this control group from running, whichever version of them it has; undefined elsewhere. */
function readThrottledMs(): number | undefined {
  for (const [path, pattern, perMs] of [
    ['/sys/fs/cgroup/cpu.stat', /^throttled_usec (\d+)$/m, 1e3],
    ['/sys/fs/cgroup/cpu/cpu.stat', /^throttled_time (\d+)$/m, 1e6],
  ] as const) {
    try {
      const found = pattern.exec(readFileSync(path, 'utf8'));
      if (found !== null) return Number(found[1]) / perMs;
    } catch {
      // There is none of that version.
    }
  }
  return undefined;
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
