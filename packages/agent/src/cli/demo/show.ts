import { setTimeout } from 'node:timers/promises';
import { CliError, ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { paintFor, wrap } from '../output.ts';
import { Screen } from '../screen.ts';
import { frame } from './frame.ts';
import { narrate } from './narrate.ts';
import { RealStage } from './real-stage.ts';
import { DemoRecord, type News, type Views } from './record.ts';
import { seconds, type Act, type LogLine, type Scene } from './scene.ts';
import { playStory, type Cast } from './story.ts';
import { summarise, summaryText } from './summary.ts';

const framesPerSecond = 12;

/** How `hearsay demo` was asked to play. */
export interface ShowOptions {
  readonly nodeCount: number;
  readonly seed: number;
  /** Draw on the terminal. Else every line is printed as it comes. */
  readonly isLive: boolean;
  /** No pauses for reading. */
  readonly isQuick: boolean;
  /** Print nothing but the summary as JSON; the lines go to standard error. */
  readonly isJson: boolean;
}

/** The terminal's smallest size for the live picture. */
export const liveMinSize: { readonly columns: number; readonly rows: number } = { columns: 72, rows: 20 };

const POLL_MS = 20;
/** How long the views of all nodes are used again: with 50 nodes there are 2,500 of them. */
const VIEWS_MAX_AGE_MS = 50;

/** Plays the whole show and resolves to the exit code. */
export async function runShow(options: ShowOptions, io: Io): Promise<ExitCode> {
  return new Show(options, io).run();
}

class Show {
  readonly #options: ShowOptions;
  readonly #io: Io;
  readonly #cast: Cast;
  readonly #record: DemoRecord;
  readonly #stage: RealStage;
  readonly #log: LogLine[] = [];
  readonly #stop: AbortController = new AbortController();
  #act: Act = { name: 'forming', title: '', story: '' };
  #views: { readonly atMs: number; readonly views: Views } | undefined;

  constructor(options: ShowOptions, io: Io) {
    this.#options = options;
    this.#io = io;
    this.#cast = chooseCast(options.nodeCount, options.seed);
    this.#record = new DemoRecord(this.#cast.names, performance.now());
    this.#stage = new RealStage({
      onTrace: (by, event, from) => this.#tell(this.#record.receiveTrace(by, event, from)),
      onFlag: (by, isSet, atMs) => this.#tell(this.#record.receiveFlag(by, isSet, atMs)),
    });
  }

  async run(): Promise<ExitCode> {
    const { isLive, isJson } = this.#options;
    const paint = paintFor(this.#io);
    const screen = new Screen(this.#io, (size) => frame({ ...this.#scene(), paint }, size), 1_000 / framesPerSecond);
    const stopListening = this.#io.onInterrupt(() => this.#interrupt());
    let failure: string | undefined;
    try {
      if (isLive) screen.enter();
      await this.#play();
    } catch (error) {
      if (!this.#stop.signal.aborted && !(error instanceof CliError)) throw error;
      failure = this.#stop.signal.aborted ? 'it was interrupted' : (error as CliError).message;
    } finally {
      screen.leave();
      stopListening();
      await this.#stage.close();
    }
    const summary = summarise(this.#record, failure);
    this.#io.out(isJson ? `${JSON.stringify(summary, null, 2)}\n` : `\n${summaryText(summary, paint)}`);
    if (this.#stop.signal.aborted) return ExitCode.interrupted;
    return summary.ok ? ExitCode.ok : ExitCode.answerIsNo;
  }

  async #play(): Promise<void> {
    await playStory({
      stage: this.#stage,
      record: this.#record,
      cast: this.#cast,
      nowMs: () => performance.now(),
      showAct: (act) => this.#showAct(act),
      say: (text) => this.#say(text),
      read: (ms) => this.#sleep(this.#options.isQuick ? 0 : ms),
      until: (what, withinMs, isTrue) => this.#until(what, withinMs, isTrue),
    });
  }

  #showAct(act: Act): void {
    this.#act = act;
    if (!this.#options.isLive)
      this.#print(['', act.title, ...wrap(act.story, 76).map((line) => `  ${line}`), ''].join('\n'));
  }

  #tell(news: News | undefined): void {
    const line = news === undefined ? undefined : narrate(news, this.#record);
    if (line !== undefined) this.#say(line);
  }

  #say(text: string): void {
    const atMs = performance.now() - this.#record.startedAtMs;
    this.#log.push({ atMs, text });
    if (!this.#options.isLive) this.#print(`${seconds(atMs).padStart(7)}  ${text}`);
  }

  /** A line of the plain show: on standard output, unless that is for the JSON document alone. */
  #print(line: string): void {
    if (this.#options.isJson) this.#io.err(`${line}\n`);
    else this.#io.out(`${line}\n`);
  }

  #scene(): Omit<Scene, 'paint'> {
    const nowMs = performance.now();
    return {
      record: this.#record,
      views: this.#recentViews(nowMs),
      act: this.#act,
      nowMs,
      addresses: this.#stage.addresses,
      log: this.#log,
    };
  }

  #recentViews(nowMs: number): Views {
    if (this.#views === undefined || nowMs - this.#views.atMs > VIEWS_MAX_AGE_MS) {
      this.#views = { atMs: nowMs, views: this.#stage.views() };
    }
    return this.#views.views;
  }

  /** The first signal ends the show; the second does not wait for it to end. */
  #interrupt(): void {
    if (this.#stop.signal.aborted) this.#io.exit(ExitCode.interrupted);
    else this.#stop.abort();
  }

  async #until(what: string, withinMs: number, isTrue: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (!isTrue()) {
      if (performance.now() > deadlineMs) {
        throw new CliError(`${what}: not within ${withinMs / 1_000} s`, ExitCode.answerIsNo);
      }
      await this.#sleep(POLL_MS);
    }
  }

  async #sleep(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#stop.signal });
  }
}

/** Who plays: the seed chooses who starts the rumor and who crashes. The first node is the one all join, and stays. */
function chooseCast(nodeCount: number, seed: number): Cast {
  const digits = String(nodeCount).length;
  const names = Array.from({ length: nodeCount }, (_, index) => `n${String(index + 1).padStart(digits, '0')}`);
  const origin = names[seed % nodeCount]!;
  const victims = names.slice(1).filter((name) => name !== origin);
  return { names, origin, victim: victims[Math.floor(seed / nodeCount) % victims.length]! };
}
