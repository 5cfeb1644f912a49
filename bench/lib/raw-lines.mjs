import { readFileSync } from 'node:fs';

/** What a bench has kept of its runs, one JSON document a line. @param {string} file */
export function readRawLines(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
