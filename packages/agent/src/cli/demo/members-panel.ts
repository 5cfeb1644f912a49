import { cutTo, pad, type Look } from '../output.ts';
import { toRounds } from './pace.ts';
import type { ComebackRecord, CrashRecord, DemoRecord } from './record.ts';
import type { ActName, Scene } from './scene.ts';

/** The members, one a line with what each knows, or one a cell when they are too many for that. */
export function membersPanel(scene: Scene, width: number, height: number): string[] {
  const { names } = scene.record;
  if (names.length <= height) return names.map((name) => memberLine(scene, name, width));
  const nameWidth = Math.max(...names.map((name) => name.length));
  // Close together when they do not fit otherwise.
  const isDense = names.length > height * Math.floor((width + 2) / (nameWidth + 4));
  const cellWidth = nameWidth + (isDense ? 2 : 4);
  const columns = Math.max(1, Math.floor((width + (isDense ? 1 : 2)) / cellWidth));
  const lines: string[] = [];
  for (let start = 0; start < names.length; start += columns) {
    const cells = names.slice(start, start + columns).map((name) => {
      const [symbol, look] = markOf(scene, name);
      return scene.paint(pad(`${symbol}${isDense ? '' : ' '}${name}`, cellWidth), look);
    });
    lines.push(cells.join(''));
  }
  return lines.slice(0, height);
}

/** What the symbols mean in this act; for the panel's head. */
export function membersLegend({ act, paint }: Scene): string {
  const alive = paint('●', 'green');
  const legends: Readonly<Record<ActName, string>> = {
    forming: `${alive} knows all  ${paint('○', 'dim')} not yet`,
    rumor: `${alive} has heard  ${paint('○', 'dim')} has not`,
    crash: `${alive} well ${paint('?', 'yellow')} suspects it ${paint('!', 'red')} knows`,
    comeback: `${alive} sees it alive  ${paint('!', 'red')} not yet`,
    flag: `${alive} shows it  ${paint('○', 'dim')} not yet`,
    deletion: `${alive} shows it ${paint('○', 'dim')} not ${paint('?', 'yellow')} cut off`,
  };
  return legends[act.name];
}

function memberLine(scene: Scene, name: string, width: number): string {
  const [symbol, look] = markOf(scene, name);
  const longest = Math.max(...scene.record.names.map((each) => each.length));
  const address = scene.addresses.get(name) ?? '';
  const head = `${scene.paint(symbol, look)} ${pad(name, longest)}`;
  const port = scene.paint(pad(address.slice(address.lastIndexOf(':')), 6), 'dim');
  return cutTo(`${head}  ${port}  ${scene.paint(knowledgeOf(scene, name), look)}`, width);
}

type Mark = readonly [symbol: string, look: Look];
const GOOD: Mark = ['●', 'green'];
const NOT_YET: Mark = ['○', 'dim'];
const KNOWS_BAD_NEWS: Mark = ['!', 'red'];

function markOf(scene: Scene, name: string): Mark {
  const { record, act } = scene;
  const { crash, comeback } = record;
  if (!record.isRunning(name)) return crash?.victim === name ? ['✗', 'red'] : ['·', 'dim'];
  if (act.name === 'forming') return aliveCount(scene, name) === record.names.length ? GOOD : NOT_YET;
  if (act.name === 'rumor') return hearingOf(scene, name) === undefined ? NOT_YET : GOOD;
  if (act.name === 'comeback') return seesComeback(comeback, name) ? GOOD : KNOWS_BAD_NEWS;
  if (act.name === 'deletion' && isCutOff(record, name)) return ['?', 'yellow'];
  if (act.name === 'flag' || act.name === 'deletion') return record.showsFlag(name) ? GOOD : NOT_YET;
  if (crash?.deadFor.has(name) === true) return KNOWS_BAD_NEWS;
  return crash?.suspectedBy.has(name) === true ? ['?', 'yellow'] : GOOD;
}

/** What `name` knows of what this act is about. */
function knowledgeOf(scene: Scene, name: string): string {
  const { record, act } = scene;
  const { crash, comeback } = record;
  if (!record.isRunning(name)) return crash?.victim === name ? 'crashed' : 'starting';
  if (act.name === 'forming') return `knows ${aliveCount(scene, name)} of ${record.names.length}`;
  if (act.name === 'rumor') return hearingText(scene, name);
  if (act.name === 'comeback') return comebackText(comeback, crash, name);
  if (act.name === 'flag') return record.showsFlag(name) ? 'shows new-ui: on' : 'knows no flag';
  if (act.name === 'deletion') return deletionText(record, name);
  if (crash?.deadFor.has(name) === true) return `knows: ${crash.victim} is dead`;
  return crash?.suspectedBy.has(name) === true ? `suspects ${crash.victim}` : 'all well';
}

function isCutOff({ deletion }: DemoRecord, name: string): boolean {
  return deletion?.cutOff === name && deletion.healedAtMs === undefined;
}

function deletionText(record: DemoRecord, name: string): string {
  const shown = record.showsFlag(name) ? 'shows new-ui: on' : 'the flag is gone';
  return isCutOff(record, name) ? `cut off, ${shown}` : shown;
}

/** Before the return everybody still holds it for dead. */
function seesComeback(comeback: ComebackRecord | undefined, name: string): boolean {
  return comeback !== undefined && (comeback.node === name || comeback.aliveFor.has(name));
}

function comebackText(comeback: ComebackRecord | undefined, crash: CrashRecord | undefined, name: string): string {
  if (comeback?.node === name) return 'is back';
  const node = crash?.victim ?? '';
  return seesComeback(comeback, name) ? `sees ${node} alive` : `holds ${node} for dead`;
}

function hearingText(scene: Scene, name: string): string {
  const { rumor } = scene.record;
  if (rumor === undefined) return 'waits';
  if (rumor.origin === name) return 'it began here';
  const hearing = hearingOf(scene, name);
  if (hearing === undefined) return 'has not heard';
  const round = toRounds(hearing.atMs - rumor.startedAtMs).toFixed(1);
  return hearing.from === undefined ? `in an exchange, round ${round}` : `from ${hearing.from}, round ${round}`;
}

function hearingOf(
  scene: Scene,
  name: string,
): { readonly atMs: number; readonly from: string | undefined } | undefined {
  return scene.record.rumor?.hearings.find((hearing) => hearing.node === name);
}

/** How many members `name` holds for alive, itself included. */
function aliveCount(scene: Scene, name: string): number {
  let count = 0;
  for (const seen of scene.views.get(name)?.values() ?? []) if (seen.state === 'alive') count++;
  return count;
}
