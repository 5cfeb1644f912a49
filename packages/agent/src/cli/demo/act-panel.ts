import { bar } from '../bars.ts';
import { pad } from '../output.ts';
import { pace, toRounds } from './pace.ts';
import { infectionCurve, type CrashRecord } from './record.ts';
import { seconds, type ActName, type Scene } from './scene.ts';

/** A panel's head and its lines. */
export interface Picture {
  readonly head: string;
  readonly lines: readonly string[];
}

/** The picture that belongs to the act. */
export function actPanel(scene: Scene, width: number, height: number): Picture {
  const pictures: Readonly<Record<ActName, () => Picture>> = {
    forming: () => ({ head: 'WHO KNOWS HOW MANY', lines: formingLines(scene, width) }),
    rumor: () => ({ head: 'THE RUMOR SPREADS', lines: curveLines(scene, width, height) }),
    crash: () => ({ head: 'THE CASE', lines: crashLines(scene, width) }),
    comeback: () => ({ head: 'THE RETURN', lines: comebackLines(scene, width) }),
    flag: () => ({ head: 'THE RECEIPT', lines: flagLines(scene, width) }),
    deletion: () => ({ head: 'THE DELETION', lines: deletionLines(scene, width) }),
  };
  return pictures[scene.act.name]();
}

/** Short enough for what stands beside it, and never nothing: a terminal can be made very narrow. */
function barWidthIn(room: number): number {
  return Math.max(4, Math.min(24, room));
}

function formingLines(scene: Scene, width: number): string[] {
  const { record, views } = scene;
  const total = record.names.length;
  const counts = record.names.map((name) => {
    let alive = 0;
    for (const seen of views.get(name)?.values() ?? []) if (seen.state === 'alive') alive++;
    return alive;
  });
  const barWidth = barWidthIn(width - 16);
  const line = (label: string, count: number): string =>
    `${pad(label, 9)} ${scene.paint(bar(count / total, barWidth), 'cyan')} ${pad(String(count), 2, 'left')}`;
  const complete = counts.filter((count) => count === total).length;
  return [
    line('running', record.runningCount),
    line('know half', counts.filter((count) => count * 2 >= total).length),
    line('know all', complete),
    '',
    ...(record.formedAtMs === undefined
      ? []
      : [scene.paint(`One cluster after ${seconds(record.formedAtMs - record.startedAtMs)}.`, 'bold', 'green')]),
  ];
}

/** The infection curve, one bar a round, with 2^r marked. The first and the last rounds are shown when not all fit. */
function curveLines(scene: Scene, width: number, height: number): string[] {
  const { rumor, names } = scene.record;
  if (rumor === undefined) return [scene.paint('Nobody has told anything yet.', 'dim')];
  const total = names.length;
  const allHeardAtMs = rumor.hearings.length === total ? rumor.hearings.at(-1)!.atMs : undefined;
  // The last round is the one in which the last node heard.
  const lastRound =
    allHeardAtMs === undefined
      ? Math.floor(toRounds(scene.nowMs - rumor.startedAtMs))
      : Math.ceil(toRounds(allHeardAtMs - rumor.startedAtMs));
  const curve = infectionCurve(rumor, pace.gossipIntervalMs, lastRound);
  const barWidth = barWidthIn(width - 23);
  const lines = curve.map((heard, round) => {
    const ideal = Math.min(total, 2 ** round);
    const shown = scene.paint(bar(heard / total, barWidth, ideal / total), 'cyan');
    return `round ${pad(String(round), 2, 'left')} ${shown} ${pad(String(heard), 2, 'left')}  ${scene.paint(`2^r ${ideal}`, 'dim')}`;
  });
  const verdict =
    allHeardAtMs === undefined
      ? []
      : [
          '',
          scene.paint(
            `Everybody knows after ${toRounds(allHeardAtMs - rumor.startedAtMs).toFixed(1)} rounds.`,
            'bold',
            'green',
          ),
        ];
  const room = Math.max(1, height - verdict.length);
  const kept = lines.length <= room ? lines : [...lines.slice(0, 1), ...lines.slice(lines.length - room + 1)];
  return [...kept, ...verdict];
}

function crashLines(scene: Scene, width: number): string[] {
  const { crash } = scene.record;
  if (crash === undefined) return [scene.paint('Everybody is well.', 'dim')];
  const since = (atMs: number | undefined): string => (atMs === undefined ? '' : seconds(atMs - crash.crashedAtMs));
  const others = scene.record.names.length - 1;
  const [first, second] = crash.accusations;
  const row = (label: string, atMs: number | undefined, text: string): string =>
    atMs === undefined
      ? scene.paint(`${pad(label, 15)}…`, 'dim')
      : `${pad(label, 15)}${pad(since(atMs), 6, 'left')}  ${text}`;
  const dead = [...crash.deadFor.values()];
  return [
    row(`${crash.victim} crashes`, crash.crashedAtMs, 'no goodbye'),
    row('ping missed', crash.firstMiss?.atMs, `by ${crash.firstMiss?.by ?? ''}`),
    row('suspected', first?.atMs, `by ${first?.from ?? ''}`),
    row('confirmed', second?.atMs, `by ${second?.from ?? ''}`),
    row('declared dead', dead[0], `by ${crash.declaredBy ?? ''}`),
    row('all know', dead.length === others ? Math.max(...dead) : undefined, `${others} of ${others}`),
    '',
    `${opinionBar(crash, others, barWidthIn(width - 14), scene)} ${opinionLegend(crash, others)}`,
  ];
}

/** The same in words: the worst that anybody holds it for. */
function opinionLegend(crash: CrashRecord, others: number): string {
  if (crash.deadFor.size > 0) return `${crash.deadFor.size} say dead`;
  if (crash.suspectedBy.size > 0) return `${crash.suspectedBy.size} suspect`;
  return `${others} say alive`;
}

/** What the others hold the victim for, as one bar in three patterns. */
function opinionBar(crash: CrashRecord, others: number, width: number, scene: Scene): string {
  const dead = crash.deadFor.size;
  const suspect = [...crash.suspectedBy.keys()].filter((name) => !crash.deadFor.has(name)).length;
  const deadCells = Math.round((dead / others) * width);
  const suspectCells = Math.min(width - deadCells, Math.round((suspect / others) * width));
  return (
    scene.paint('█'.repeat(deadCells), 'red') +
    scene.paint('▒'.repeat(suspectCells), 'yellow') +
    scene.paint('░'.repeat(width - deadCells - suspectCells), 'green')
  );
}

function comebackLines(scene: Scene, width: number): string[] {
  const { comeback, names } = scene.record;
  if (comeback === undefined) return [scene.paint('Still gone.', 'dim')];
  const others = names.length - 1;
  const last = comeback.aliveFor.size === others ? Math.max(...comeback.aliveFor.values()) : undefined;
  const barWidth = barWidthIn(width - 15);
  return [
    `${comeback.node} starts again`,
    `they say: dead,  incarnation ${comeback.incarnationBefore}`,
    comeback.incarnationAfter === 0
      ? scene.paint('it says:  …', 'dim')
      : `it says:  alive, incarnation ${comeback.incarnationAfter}`,
    '',
    `believed by ${scene.paint(bar(comeback.aliveFor.size / others, barWidth), 'cyan')} ${comeback.aliveFor.size}`,
    '',
    ...(last === undefined
      ? []
      : [scene.paint(`All see it after ${seconds(last - comeback.startedAtMs)}.`, 'bold', 'green')]),
  ];
}

function flagLines(scene: Scene, width: number): string[] {
  const { flag, names } = scene.record;
  if (flag === undefined) return [scene.paint('There is no flag yet.', 'dim')];
  const { receipt, shownBy, startedAtMs } = flag;
  const share = scene.paint(bar(shownBy.size / names.length, barWidthIn(width - 14)), 'cyan');
  return [
    `${flag.origin} sets flags/new-ui`,
    '',
    `shown by   ${share} ${shownBy.size}`,
    '',
    ...(receipt === undefined
      ? [scene.paint('receipt    …', 'dim')]
      : [
          `receipt    seen by ${receipt.seenCount} of ${names.length}`,
          receipt.missing.length === 0
            ? scene.paint(`All have it after ${seconds(receipt.atMs - startedAtMs)}.`, 'bold', 'green')
            : scene.paint(`not by ${receipt.missing.join(', ')}`, 'yellow'),
        ]),
  ];
}

function deletionLines(scene: Scene, width: number): string[] {
  const { deletion, names } = scene.record;
  if (deletion === undefined) return [scene.paint('All are connected.', 'dim')];
  const { cutAtMs, cutOff, deletedAtMs, goneFrom, healedAtMs, origin } = deletion;
  const others = names.length - 1;
  const row = (label: string, atMs: number | undefined, text: string): string =>
    atMs === undefined
      ? scene.paint(`${pad(label, 15)}…`, 'dim')
      : `${pad(label, 15)}${pad(seconds(atMs - cutAtMs), 6, 'left')}  ${text}`;
  const connected = [...goneFrom].filter(([name]) => name !== cutOff).map(([, atMs]) => atMs);
  const end = goneFrom.get(cutOff);
  return [
    row(`${cutOff} is cut off`, cutAtMs, 'hears nobody'),
    row(`${origin} deletes`, deletedAtMs, 'flags/new-ui'),
    row('gone from', connected.length === others ? Math.max(...connected) : undefined, `${others} others`),
    row('link is back', healedAtMs, 'still shown'),
    row(`${cutOff} lets go`, end, 'gone for good'),
    '',
    `shown by   ${scene.paint(bar((names.length - goneFrom.size) / names.length, barWidthIn(width - 14)), 'cyan')} ${names.length - goneFrom.size}`,
  ];
}
