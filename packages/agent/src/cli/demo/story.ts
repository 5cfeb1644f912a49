import { CliError, ExitCode } from '../exit-codes.ts';
import { pace, toRounds } from './pace.ts';
import type { DemoRecord, Views } from './record.ts';
import { seconds, type Act } from './scene.ts';

/** The nodes and what can be done to them. */
export interface Stage {
  readonly addresses: ReadonlyMap<string, string>;
  /** Starts a node, which then joins by itself. Started again, it takes the address it had. */
  start(name: string): Promise<void>;
  /** Ends a node without a word to the others. */
  crash(name: string): Promise<void>;
  setMeta(name: string, text: string): void;
  /** Sets the flag, and resolves when all are known to have it, or after a while to who has and who has not. */
  setFlag(name: string): Promise<{ readonly seen: number; readonly missing: readonly string[] }>;
  deleteFlag(name: string): Promise<void>;
  /** From now on no packet gets to that node or from it. */
  cutOff(name: string): void;
  reconnect(name: string): void;
  views(): Views;
  close(): Promise<void>;
}

/** Who does what. */
export interface Cast {
  readonly names: readonly string[];
  /** Starts the rumor. */
  readonly origin: string;
  /** Crashes and comes back; later it is cut off. */
  readonly victim: string;
}

/** What the script needs to be played. */
export interface Production {
  readonly stage: Stage;
  readonly record: DemoRecord;
  readonly cast: Cast;
  readonly nowMs: () => number;
  readonly showAct: (act: Act) => void;
  readonly say: (text: string) => void;
  /** Time to read; shorter when nobody reads. */
  readonly read: (ms: number) => Promise<void>;
  /** Resolves when `isTrue` is; rejects when it is not within `withinMs`, naming `what`. */
  readonly until: (what: string, withinMs: number, isTrue: () => boolean) => Promise<void>;
}

const RUMOR = 'coffee=ready';

/** The whole show. Rejects with {@link CliError} when something that was to be seen did not happen. */
export async function playStory(production: Production): Promise<void> {
  await form(production);
  await spreadRumor(production);
  await crashAndNotice(production);
  await comeBack(production);
  await setFlag(production);
  await deleteFlag(production);
  checkNobodyWasSlandered(production);
}

async function form({ stage, record, cast, showAct, say, read, until, nowMs }: Production): Promise<void> {
  const { names } = cast;
  showAct({
    name: 'forming',
    title: '1 of 6  Strangers become a cluster',
    story:
      `Each node starts alone and knows one address, that of ${names[0]}. It joins by swapping its whole list of ` +
      'members with it; the others hear of the newcomer by gossip. No server, no leader.',
  });
  say(`${names.length} nodes start on 127.0.0.1, each with its own UDP and TCP socket`);
  for (const name of names) {
    await stage.start(name);
    record.nodeStarted(name);
  }
  say('all are running; they join');
  await until('all nodes know all nodes', 20_000, () => everybodySees(stage.views(), names, names, 'alive'));
  record.formedAtMs = nowMs();
  say(`everybody knows everybody, ${seconds(record.formedAtMs - record.startedAtMs)} after the first one started`);
  await read(2_000);
}

async function spreadRumor({ stage, record, cast, showAct, say, read, until, nowMs }: Production): Promise<void> {
  const { names, origin } = cast;
  showAct({
    name: 'rumor',
    title: '2 of 6  A rumor',
    story:
      `${origin} changes a detail about itself: "${RUMOR}". Each round, ${pace.gossipIntervalMs} ms, whoever knows it tells ONE ` +
      'other, picked at random: about twice as many know after each, 2^r, marked ┃. Pings carry rumors too, so it may go faster.',
  });
  await read(3_000);
  record.rumorStarted(origin, RUMOR, nowMs());
  stage.setMeta(origin, RUMOR);
  say(`${origin} says: ${RUMOR}`);
  await until('every node has heard the rumor', 20_000, () => record.rumor!.hearings.length === names.length);
  await until('every node holds the new detail', 5_000, () => everybodyHolds(stage.views(), names, origin, RUMOR));
  const tookMs = record.rumor!.hearings.at(-1)!.atMs - record.rumor!.startedAtMs;
  say(`all ${names.length} know after ${toRounds(tookMs).toFixed(1)} rounds, ${seconds(tookMs)}`);
  await read(2_000);
}

async function crashAndNotice({ stage, record, cast, showAct, say, read, until, nowMs }: Production): Promise<void> {
  const { names, victim } = cast;
  const others = names.filter((name) => name !== victim);
  showAct({
    name: 'crash',
    title: '3 of 6  A crash',
    story:
      `${victim} stops dead, without goodbye. Nobody is told. But each node pings one other a second. Who pings ` +
      `${victim} in vain lets others try, then says "I suspect it". It could still deny that. A second accuser cuts the wait short.`,
  });
  await read(3_000);
  await stage.crash(victim);
  record.nodeCrashed(victim, nowMs());
  say(`${victim} is gone`);
  const { crash } = record;
  await until(`${victim} is suspected`, 20_000, () => crash!.suspectedBy.size > 0);
  await until(`all others hold ${victim} for dead`, 30_000, () => others.every((name) => crash!.deadFor.has(name)));
  await until(`all others list ${victim} as dead`, 5_000, () => everybodySees(stage.views(), others, [victim], 'dead'));
  say(
    `all ${others.length} others know it, ${seconds(Math.max(...crash!.deadFor.values()) - crash!.crashedAtMs)} after the crash`,
  );
  await read(2_000);
}

async function comeBack({ stage, record, cast, showAct, say, read, until, nowMs }: Production): Promise<void> {
  const { names, victim } = cast;
  const others = names.filter((name) => name !== victim);
  showAct({
    name: 'comeback',
    title: '4 of 6  The return',
    story:
      `${victim} starts again with its old name and address, and joins. To the others it is dead. But each node has ` +
      'a number that only itself can raise, its incarnation: it answers the rumor of its death with a higher one.',
  });
  await read(3_000);
  record.comebackStarted(victim, highestIncarnation(stage.views(), victim), nowMs());
  say(`${victim} starts again`);
  await stage.start(victim);
  const { comeback } = record;
  await until(`all others see ${victim} alive again`, 20_000, () =>
    others.every((name) => comeback!.aliveFor.has(name)),
  );
  await until('everybody knows everybody again', 10_000, () => everybodySees(stage.views(), names, names, 'alive'));
  say(
    `all see ${victim} alive, ${seconds(Math.max(...comeback!.aliveFor.values()) - comeback!.startedAtMs)} after it started`,
  );
  await read(2_500);
}

async function setFlag({ stage, record, cast, showAct, say, read, until, nowMs }: Production): Promise<void> {
  const { names, origin } = cast;
  showAct({
    name: 'flag',
    title: '5 of 6  A flag',
    story:
      `${origin} turns a feature flag on: a key in a map that all share. Each node has all of the map in its own memory, so ` +
      'asking costs nothing. News of it rides on gossip, and comes back as a receipt: who has it.',
  });
  await read(3_000);
  record.flagSet(origin, nowMs());
  say(`${origin} sets flags/new-ui`);
  const { seen, missing } = await stage.setFlag(origin);
  const { flag } = record;
  flag!.receipt = { seenCount: seen, missing, atMs: nowMs() };
  await until('every node shows the flag', 5_000, () => names.every((name) => record.showsFlag(name)));
  if (missing.length > 0) throw new CliError(`the receipt lacks ${missing.join(', ')}`, ExitCode.answerIsNo);
  say(
    `the receipt is back at ${origin} after ${seconds(nowMs() - flag!.startedAtMs)}: seen by ${seen} of ${names.length}`,
  );
  await read(2_500);
}

async function deleteFlag({ stage, record, cast, showAct, say, read, until, nowMs }: Production): Promise<void> {
  const { names, origin, victim } = cast;
  const connected = names.filter((name) => name !== victim);
  showAct({
    name: 'deletion',
    title: '6 of 6  Deleted is deleted',
    story:
      `The link to ${victim} is cut. ${origin} deletes the flag; ${victim} cannot hear of it, and goes on showing it. Then ` +
      'the link is back, and both sides say what they have. The deletion is the newer one, and the old value stays dead.',
  });
  await read(3_000);
  stage.cutOff(victim);
  record.linkCut(origin, victim, nowMs());
  const deletion = record.deletion!;
  say(`${victim} is cut off: no packet gets to it or from it`);
  deletion.deletedAtMs = nowMs();
  await stage.deleteFlag(origin);
  await until('the flag is gone from all who are connected', 20_000, () =>
    connected.every((name) => deletion.goneFrom.has(name)),
  );
  if (!record.showsFlag(victim)) throw new CliError(`${victim} was not cut off`, ExitCode.answerIsNo);
  say(`${connected.length} no longer show it, ${victim} still does`);
  await read(1_000);
  deletion.healedAtMs = nowMs();
  stage.reconnect(victim);
  say('the link is back');
  await until(`the flag is gone from ${victim}`, 20_000, () => deletion.goneFrom.has(victim));
  await until('everybody knows everybody again', 20_000, () => everybodySees(stage.views(), names, names, 'alive'));
  const [back] = record.resurrections;
  if (back !== undefined) throw new CliError(`${back.node} got the deleted flag back`, ExitCode.answerIsNo);
  say(`nobody shows it, and nobody got it back, ${seconds(nowMs() - deletion.healedAtMs)} after the link came back`);
  await read(2_500);
}

function checkNobodyWasSlandered({ record }: Production): void {
  const [first] = record.falseDeaths;
  if (first === undefined) return;
  throw new CliError(`${first.by} declared ${first.node} dead while it was running`, ExitCode.answerIsNo);
}

function everybodySees(
  views: Views,
  observers: readonly string[],
  subjects: readonly string[],
  state: 'alive' | 'dead',
): boolean {
  return observers.every((observer) => subjects.every((subject) => views.get(observer)?.get(subject)?.state === state));
}

function everybodyHolds(views: Views, observers: readonly string[], subject: string, meta: string): boolean {
  return observers.every((observer) => views.get(observer)?.get(subject)?.meta === meta);
}

function highestIncarnation(views: Views, subject: string): number {
  let highest = 0;
  for (const seen of views.values()) highest = Math.max(highest, seen.get(subject)?.incarnation ?? 0);
  return highest;
}
