import type { MetricFamily } from 'hearsay/prometheus';

/** What a process says of itself, under the names that Prometheus' own libraries use. */
export function processFamilies(): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const one = (value: number): MetricFamily['samples'] => [{ labels: {}, value }];
  return [
    {
      name: 'process_cpu_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'Processor time of this process, of user and system.',
      samples: one((user + system) / 1e6),
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Memory of this process that is in RAM.',
      samples: one(process.memoryUsage.rss()),
    },
    {
      name: 'process_start_time_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When this process started, since 1970.',
      samples: one(startedAtSeconds),
    },
  ];
}

const startedAtSeconds = Math.round(Date.now() - performance.now()) / 1_000;
