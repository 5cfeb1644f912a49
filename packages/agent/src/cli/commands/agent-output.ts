import type { AgentLog, LogEntry, LogSink } from '../../agent/index.ts';
import type { Io } from '../io.ts';

/** Lines that wait for the banner are no more than this; the oldest go first. */
const maxHeldLines = 512;

/**
 * What an agent shows while it runs: as JSON the log alone, one object a line; else what `serf agent` shows, with the
 * log indented below a banner, and held back until it stands there. While it is read too slowly lines are dropped, and
 * when it cannot be written any more it falls silent; the agent goes on.
 */
export class AgentOutput {
  readonly #io: Io;
  readonly #log: AgentLog;
  readonly #isJson: boolean;
  #held: string[] | undefined = [];
  #isMuted: boolean = false;
  /** Lines lost since standard output was full. */
  #droppedCount: number = 0;

  constructor(io: Io, log: AgentLog, isJson: boolean) {
    this.#io = io;
    this.#log = log;
    this.#isJson = isJson;
  }

  /** For the log's sink: writes a whole line, when its time has come. */
  readonly writeLine = (line: string): void => {
    if (this.#held === undefined) return this.#write(line);
    this.#held.push(line);
    if (this.#held.length > maxHeldLines) this.#held.shift();
  };

  /** Shows log entries as text. */
  readonly textSink: LogSink = ({ text }: LogEntry) => this.writeLine(`    ${text}\n`);

  /** Something the agent's user is told beside the log; as JSON it is a line of the log. */
  say(text: string): void {
    if (this.#isJson) this.#log.logger('agent').info({}, text);
    else this.#write(`==> ${text}\n`);
  }

  /** Facts about the agent under the line said last, in two columns. */
  facts(rows: readonly (readonly [name: string, value: string])[]): void {
    if (this.#isJson) return this.#log.logger('agent').info(Object.fromEntries(rows), 'agent running');
    for (const [name, value] of rows) this.#write(`${name.padStart(31)}: ${value}\n`);
  }

  /** Shows what was held back, and all that follows. */
  release(): void {
    if (!this.#isJson) this.#write('\n==> Log data will now stream in as it occurs:\n\n');
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.#write(line);
  }

  /** Nothing can be written any more. Monitors still get the log. */
  mute(): void {
    if (this.#isMuted) return;
    this.#isMuted = true;
    this.#log.logger('agent').warn({}, 'standard output cannot be written any more; the agent goes on without it');
  }

  #write(text: string): void {
    if (this.#isMuted) return;
    if (this.#io.isOutputFull) return this.#drop();
    this.#io.out(text);
  }

  #drop(): void {
    this.#droppedCount += 1;
    if (this.#droppedCount === 1) void this.#io.outputDrained().then(() => this.#tellDropped());
  }

  #tellDropped(): void {
    const count = this.#droppedCount;
    this.#droppedCount = 0;
    this.#log.logger('agent').warn({}, `standard output was read too slowly: ${count} lines were dropped`);
  }
}
