import { readFileSync } from 'node:fs';

/** The vectors of one file of `test/vectors/memberlist`, recorded from the Go library. `Vector` is what the test reads. */
export function readVectors<Vector>(file: string): readonly Vector[] {
  const path = new URL(`../vectors/memberlist/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }).vectors;
}

/** The rows of one table of the pure functions. */
export function functionTable<Row>(name: string): readonly Row[] {
  const table = readVectors<{ name: string; rows: Row[] }>('functions').find((vector) => vector.name === name);
  if (table === undefined) throw new Error(`there is no table ${name}`);
  return table.rows;
}
