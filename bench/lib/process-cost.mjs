/** What other processes of this machine cost, as Linux counts it. */
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Memory of a process in KB. `rss`: all that is mapped and present; of what several processes map, like the program
 * itself, each counts the whole. `pss`: there each counts its share. `anonymous`: what no file holds, its own alone.
 * @param {number} pid
 */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]);
  return { rssKb: field('Rss'), pssKb: field('Pss'), anonymousKb: field('Anonymous') };
}

/**
 * CPU time in ms of all threads a process has now, to the nanosecond; `/proc/PID/stat` counts in hundredths of a second.
 * @param {number} pid
 */
export function cpuMsOf(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0);
}
