import { pace, toRounds } from './pace.ts';
import type { DemoRecord, News } from './record.ts';
import { seconds } from './scene.ts';

/** Up to this many nodes every single hearing gets a line; above, only the milestones do. */
const EACH_NODE_UP_TO = 10;

/** What is new, as a line for people; undefined when it is not worth one. */
export function narrate(news: News, record: DemoRecord): string | undefined {
  if (news.type === 'heard') return narrateHearing(record);
  if (news.type === 'suspects') return narrateSuspicion(record, news.by, news.from);
  if (news.type === 'dead') return narrateDeath(record, news.by, news.from);
  if (news.type === 'alive-again') return narrateReturn(record, news.by, news.incarnation);
  if (news.type === 'false-death') return `${news.by} takes ${news.node} for dead, which it is not`;
  if (news.type === 'flag-shown') return narrateFlag(record, news.by);
  if (news.type === 'flag-gone') return narrateDeletion(record, news.by);
  if (news.type === 'flag-back') return `${news.by} shows the flag again, which was deleted`;
  if (news.type === 'missed') {
    return `${news.by} pings ${victim(record)}: no answer in ${pace.probeTimeoutMs} ms, it asks others to try`;
  }
  return narrateConfirmation(record, news.by, news.from);
}

/** The wait is cut to its shortest because `suspicionMult` asks for one confirmation (memberlist, `suspicionTimeout`). */
function narrateConfirmation(record: DemoRecord, by: string, from: string): string {
  const shortestMs = pace.suspicionMult * Math.max(1, Math.log10(record.names.length)) * pace.probeIntervalMs;
  const longestMs = shortestMs * pace.suspicionMaxTimeoutMult;
  const who = by === from ? `${by} gets no answer either` : `${by} hears of a second accuser`;
  return `${who}: its wait falls from ${seconds(longestMs)} to ${seconds(shortestMs)}`;
}

function narrateHearing({ rumor, names }: DemoRecord): string | undefined {
  const count = rumor!.hearings.length;
  const hearing = rumor!.hearings[count - 1]!;
  const round = toRounds(hearing.atMs - rumor!.startedAtMs).toFixed(1);
  if (names.length <= EACH_NODE_UP_TO) {
    const source = hearing.from === undefined ? 'in a full exchange' : `from ${hearing.from}`;
    return `round ${round}: ${hearing.node} hears it ${source}; ${count} of ${names.length} know`;
  }
  return isMilestone(count, names.length) ? `round ${round}: ${count} of ${names.length} know` : undefined;
}

function narrateSuspicion(record: DemoRecord, by: string, from: string): string | undefined {
  const { crash, names } = record;
  const others = names.length - 1;
  const count = crash!.suspectedBy.size;
  if (by === from) return `nobody reached it: ${by} suspects ${crash!.victim} and says so`;
  if (names.length <= EACH_NODE_UP_TO) return `${by} hears that ${from} suspects ${crash!.victim}`;
  return isMilestone(count, others) ? `${count} of ${others} suspect ${crash!.victim}` : undefined;
}

function narrateDeath(record: DemoRecord, by: string, from: string): string | undefined {
  const { crash, names } = record;
  const others = names.length - 1;
  const count = crash!.deadFor.size;
  if (count === 1) return `no denial came: ${from} declares ${crash!.victim} dead`;
  if (names.length <= EACH_NODE_UP_TO) return `${by} ${by === from ? 'finds' : 'hears'} that ${crash!.victim} is dead`;
  return isMilestone(count, others) ? `${count} of ${others} know that it is dead` : undefined;
}

function narrateReturn({ comeback, names }: DemoRecord, by: string, incarnation: number): string | undefined {
  const count = comeback!.aliveFor.size;
  const others = names.length - 1;
  if (names.length <= EACH_NODE_UP_TO) return `${by} sees ${comeback!.node} alive (incarnation ${incarnation})`;
  const isWorthALine = count === 1 || isMilestone(count, others);
  return isWorthALine ? `${count} of ${others} see ${comeback!.node} alive` : undefined;
}

function narrateFlag({ flag, names }: DemoRecord, by: string): string | undefined {
  const count = flag!.shownBy.size;
  if (by === flag!.origin) return `${by} shows it at once; it tells the others`;
  if (names.length <= EACH_NODE_UP_TO) return `${by} shows new-ui: on`;
  return isMilestone(count, names.length) ? `${count} of ${names.length} show new-ui: on` : undefined;
}

function narrateDeletion({ deletion, names }: DemoRecord, by: string): string | undefined {
  const others = names.length - 1;
  const count = deletion!.goneFrom.size;
  if (by === deletion!.cutOff) return `${by} hears what it has missed, and lets the flag go`;
  if (by === deletion!.origin) return `${by} no longer shows it; it tells the others`;
  if (names.length <= EACH_NODE_UP_TO) return `${by} no longer shows it`;
  return isMilestone(count, others) ? `${count} of ${others} no longer show it` : undefined;
}

function victim(record: DemoRecord): string {
  return record.crash!.victim;
}

/** Halves of halves from the top, and all: 6, 12, 25, 50 of 50. */
function isMilestone(count: number, total: number): boolean {
  return [1, 2, 4, 8].some((part) => count === Math.ceil(total / part));
}
