import type { Logger } from 'hearsay';
import { matchesFilter, type EventHandler, type EventKind } from './event-filter.ts';
import { runScript, type ScriptEvent, type ScriptOutcome, type ScriptQuery, type ScriptSelf } from './script-run.ts';

/** What event handlers need of their agent. */
export interface EventScriptsOptions {
  readonly handlers: readonly EventHandler[];
  /** This member as it is when a script starts. */
  readonly self: () => ScriptSelf;
  readonly logger: Logger;
  /** How long a script may run. @defaultValue 0: as long as it likes */
  readonly timeoutMs?: number;
  /** Told of every run, for the metrics. */
  readonly onRun?: (script: string, durationMs: number) => void;
  /** Events that may wait behind a slow script; more are dropped and counted. @defaultValue 1,024 */
  readonly maxWaitingCount?: number;
}

/** What became of the events. */
export interface EventScriptStats {
  readonly waitingCount: number;
  /** Events that no script has seen: the queue was full, or the agent stopped. */
  readonly droppedCount: number;
  readonly runCount: number;
  /** Runs that could not be started, or ended with another status than 0. */
  readonly failedCount: number;
}

interface WaitingEvent {
  readonly event: ScriptEvent;
  readonly scripts: readonly string[];
}

const slowMs = 1_000;

/**
 * Runs the scripts that ask for an event, one after the other, events in their order, as Serf's agent does. Unlike
 * there nothing else waits for them: events stand in a queue of their own, and what does not fit is dropped and counted.
 */
export class EventScripts {
  /** May be replaced while the agent runs, as SIGHUP does; counts for the next event. */
  handlers: readonly EventHandler[];
  readonly #options: EventScriptsOptions;
  readonly #waiting: WaitingEvent[] = [];
  readonly #ending = new AbortController();
  #work: Promise<void> | undefined;
  #isStopped: boolean = false;
  #droppedCount: number = 0;
  #runCount: number = 0;
  #failedCount: number = 0;

  constructor(options: EventScriptsOptions) {
    this.#options = options;
    this.handlers = options.handlers;
  }

  get stats(): EventScriptStats {
    return {
      waitingCount: this.#waiting.length,
      droppedCount: this.#droppedCount,
      runCount: this.#runCount,
      failedCount: this.#failedCount,
    };
  }

  /** Queues an event for the scripts that ask for it. Returns at once. */
  handle(event: ScriptEvent): void {
    const scripts = this.#scriptsFor(event);
    if (scripts.length === 0) return;
    const { maxWaitingCount = 1_024, logger } = this.#options;
    if (this.#isStopped || this.#waiting.length >= maxWaitingCount) {
      this.#droppedCount += 1;
      // Once per power of two: a flood of events must not become a flood of lines.
      if (Number.isInteger(Math.log2(this.#droppedCount))) {
        logger.warn(
          { event: event.type, dropped: this.#droppedCount, waiting: this.#waiting.length },
          'an event was dropped: its handlers are slower than events come',
        );
      }
      return;
    }
    this.#waiting.push({ event, scripts });
    this.#work ??= this.#drain();
  }

  /**
   * Takes no more events and lets the waiting ones run for at most `timeoutMs`; then ends the script that runs and
   * drops the rest. Resolves when no script runs any more.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    const timer = setTimeout(() => this.#ending.abort(), timeoutMs);
    await this.#work;
    clearTimeout(timer);
  }

  #scriptsFor(event: ScriptEvent): readonly string[] {
    const kind: EventKind = event.type;
    const name = 'name' in event ? event.name : '';
    return this.handlers.filter(({ filter }) => matchesFilter(filter, kind, name)).map(({ script }) => script);
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const script of next.scripts) {
        if (this.#ending.signal.aborted) {
          this.#droppedCount += 1;
          break;
        }
        await this.#run(script, next.event);
      }
    }
    this.#work = undefined;
  }

  async #run(script: string, event: ScriptEvent): Promise<void> {
    const { logger, self, timeoutMs = 0, onRun } = this.#options;
    const slow = setTimeout(() => logger.warn({}, `Script '${script}' slow, execution exceeding 1s`), slowMs);
    const outcome = await runScript(script, event, self(), { timeoutMs, signal: this.#ending.signal });
    clearTimeout(slow);
    this.#runCount += 1;
    onRun?.(script, outcome.durationMs);
    if (outcome.truncatedBytes > 0) {
      const written = outcome.output.length + outcome.truncatedBytes;
      logger.warn({}, `Script '${script}' generated ${written} bytes of output, truncated to ${outcome.output.length}`);
    }
    logger.debug({ output: Buffer.from(outcome.output).toString() }, `Event '${event.type}' script output`);
    if (outcome.failure !== undefined) {
      this.#failedCount += 1;
      logger.error({}, `Error invoking script '${script}': ${outcome.failure}`);
      return;
    }
    if (event.type === 'query') await this.#respond(event, outcome);
  }

  async #respond(event: ScriptQuery, { output }: ScriptOutcome): Promise<void> {
    if (output.length === 0) return;
    try {
      await event.respond(output);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({}, `Failed to respond to query '${event.name}': ${reason}`);
    }
  }
}
