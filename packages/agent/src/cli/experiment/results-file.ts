import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { CliError } from '../exit-codes.ts';

const format = 'hearsay/experiment-results/1';

/** The first line of a results file: whose results they are. */
export interface ResultsHeader {
  readonly format: typeof format;
  readonly experiment: string;
  /** Of the experiment. */
  readonly version: number;
  /** Of the library, as `libraryBuild` tells it. */
  readonly build: string;
  readonly startedAt: string;
  readonly node: string;
  readonly machine: string;
}

/** A further line: what one cell gave with one seed. */
export interface ResultLine {
  readonly cell: string;
  readonly seed: number;
  readonly result: unknown;
  readonly wallMs: number;
}

/** What becomes of the results that a file holds: more are added, they are deleted, or they are only read. */
export type ResultsUse = 'go-on' | 'again' | 'kept';

/**
 * Results, a line each, written as soon as they are there: whoever was ended, or crashed in the middle of a line, goes on
 * after the last whole one.
 */
export class ResultsFile {
  readonly path: string;
  readonly header: ResultsHeader;
  readonly #lines: Map<string, ResultLine> = new Map();
  readonly #numbers: Map<string, number> = new Map();
  #lineCount: number = 1;

  /**
   * Opens the file at `path`, or begins it; where its results are `kept` nothing is written.
   *
   * @throws `CliError` when it is something that is no results file, or cannot be read or written, or when it holds
   * results that `header` does not belong to and that are not to be deleted; those of another build may be read
   */
  constructor(path: string, header: ResultsHeader, use: ResultsUse) {
    this.path = path;
    const text = read(path) ?? (use === 'kept' ? refuseToBegin(path) : '');
    // Whatever follows the last line end was cut in the middle.
    const [first, ...others] = text.split('\n').slice(0, -1);
    const found = first === undefined ? beginOfHeader(path, text) : readHeader(path, first);
    if (use === 'again' || (found === undefined && use === 'go-on')) {
      this.header = header;
      write(path, () => writeFileSync(path, `${JSON.stringify(header)}\n`));
      return;
    }
    this.header = found ?? header;
    refuseToMix(path, this.header, header, use);
    for (const line of others) this.#take(line);
    if (use === 'kept') return;
    const wholeLines = text.slice(0, text.lastIndexOf('\n') + 1);
    if (wholeLines.length < text.length) write(path, () => truncateSync(path, Buffer.byteLength(wholeLines)));
  }

  get(cell: string, seed: number): ResultLine | undefined {
    return this.#lines.get(keyOf(cell, seed));
  }

  /** All that it holds, in the order in which it came. */
  lines(): Iterable<ResultLine> {
    return this.#lines.values();
  }

  add({ cell, seed, result, wallMs }: ResultLine): void {
    const line: ResultLine = { cell, seed, result, wallMs };
    write(this.path, () => appendFileSync(this.path, `${JSON.stringify(line)}\n`));
    this.#keep(line);
  }

  /** For a result of which the experiment can make nothing. `reason` says what happened when it tried. */
  refuse(cell: string, seed: number, reason: string): never {
    return refuseLine(this.path, this.#numbers.get(keyOf(cell, seed))!, ` (${reason})`);
  }

  #take(text: string): void {
    const line = parse(text);
    if (!isResultLine(line)) return refuseLine(this.path, this.#lineCount + 1);
    this.#keep(line);
  }

  #keep(line: ResultLine): void {
    const key = keyOf(line.cell, line.seed);
    this.#lineCount += 1;
    this.#numbers.set(key, this.#lineCount);
    this.#lines.set(key, line);
  }
}

function isResultLine(line: unknown): line is ResultLine {
  const { cell, seed, result, wallMs } = (line ?? {}) as Partial<ResultLine>;
  return typeof cell === 'string' && typeof seed === 'number' && typeof wallMs === 'number' && isResult(result);
}

/** An empty object is none, though some reports would take it and show figures that are no numbers. */
function isResult(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Object.keys(value).length > 0;
}

function refuseLine(path: string, number: number, reason: string = ''): never {
  throw new CliError(
    `line ${number} of ${path} is no result of this experiment${reason}; mend it, or start over with --again`,
  );
}

function readHeader(path: string, line: string): ResultsHeader {
  const header = parse(line) as ResultsHeader | undefined;
  return header?.format === format ? header : refuse(path);
}

/** Of a file that is empty, or was cut in its first line. */
function beginOfHeader(path: string, text: string): undefined {
  const begin = JSON.stringify({ format }).slice(0, -1);
  if (!begin.startsWith(text.slice(0, begin.length))) refuse(path);
}

function refuse(path: string): never {
  throw new CliError(`${path} holds something else than results of experiments; --out names another file`);
}

function refuseToBegin(path: string): never {
  throw new CliError(`there is no ${path}`);
}

function refuseToMix(path: string, found: ResultsHeader, wanted: ResultsHeader, use: ResultsUse): void {
  const differences = [
    found.experiment !== wanted.experiment && `of ${found.experiment}`,
    found.version !== wanted.version &&
      `of version ${found.version} of the experiment, which now has ${wanted.version}`,
    use !== 'kept' && found.build !== wanted.build && `of build ${found.build} of the library, this is ${wanted.build}`,
  ].filter((text) => text !== false);
  if (differences.length === 0) return;
  const advice =
    use === 'kept'
      ? '--out names another file'
      : '--out names another file to begin one; --again deletes these results';
  throw new CliError(`${path} holds results ${differences.join(', ')}: ${advice}`);
}

/** Undefined when there is no such file. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CliError(`cannot read ${path}: ${message}; --out names another file`);
  }
}

function write(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new CliError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keyOf(cell: string, seed: number): string {
  return `${seed} ${cell}`;
}
