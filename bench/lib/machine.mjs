/** What a figure depends on: processor, system, versions, and how busy the machine was. */
import { cpus, loadavg, release, totalmem } from 'node:os';

/** @returns {string} one line for the head of a table */
export function describeMachine() {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const gib = Math.round(totalmem() / 2 ** 30);
  return (
    `${processors.length} cores (${model}), ${gib} GiB, Linux ${release().split('-')[0]}, Node ${process.version}, ` +
    `load ${loadavg()[0].toFixed(1)} at the start, ${new Date().toISOString().slice(0, 10)}`
  );
}
