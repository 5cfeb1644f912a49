import { expect, test } from 'vitest';
import { colourPaint, displayWidth, plainPaint } from '../output.ts';
import type { FrameSize } from '../screen.ts';
import { frame } from './frame.ts';
import { narrate } from './narrate.ts';
import { pace } from './pace.ts';
import { DemoRecord, infectionCurve, type SeenMember, type Views } from './record.ts';
import { seconds, type ActName, type LogLine, type Scene } from './scene.ts';
import { summarise, summaryText } from './summary.ts';

const STEP_MS = pace.gossipIntervalMs / 4;

/** A show as it could have gone, told to the record by traces; everything at a quarter of a round from the last. */
function recordedShow(nodeCount: number): {
  readonly record: DemoRecord;
  readonly log: LogLine[];
  readonly endMs: number;
} {
  const names = Array.from({ length: nodeCount }, (_, index) => `n${String(index + 1).padStart(2, '0')}`);
  const record = new DemoRecord(names, 0);
  const log: LogLine[] = [];
  let atMs = 100;
  const next = (): number => (atMs += STEP_MS);
  const tell = (...[by, event, from]: Parameters<DemoRecord['receiveTrace']>): void => {
    const news = record.receiveTrace(by, event, from);
    const text = news === undefined ? undefined : narrate(news, record);
    if (text !== undefined) log.push({ atMs: event.atMs, text });
  };
  for (const name of names) record.nodeStarted(name);
  record.formedAtMs = next();

  const [origin, victim] = [names[1]!, names[2]!];
  record.rumorStarted(origin, 'coffee=ready', next());
  for (const name of names) {
    if (name === origin) continue;
    tell(name, { type: 'rumor-heard', atMs: next(), about: origin, kind: 'alive', incarnation: 2, from: 'x' }, origin);
  }

  record.nodeCrashed(victim, next());
  const others = names.filter((name) => name !== victim);
  const [first, second] = [others[0]!, others.at(-1)!];
  tell(first, { type: 'probe-timeout', atMs: next(), target: victim }, undefined);
  for (const name of others) {
    const from = name === second ? second : first;
    tell(name, { type: 'suspect', atMs: next(), node: victim, incarnation: 1, from }, undefined);
  }
  tell(second, { type: 'suspicion-confirmed', atMs: next(), node: victim, from: first, confirmations: 1 }, undefined);
  for (const name of others)
    tell(name, { type: 'dead', atMs: next(), node: victim, incarnation: 1, from: first }, undefined);

  record.comebackStarted(victim, 1, next());
  for (const name of others) tell(name, { type: 'alive', atMs: next(), node: victim, incarnation: 2 }, undefined);

  const show = (by: string, isSet: boolean): void => {
    const news = record.receiveFlag(by, isSet, next());
    const text = news === undefined ? undefined : narrate(news, record);
    if (text !== undefined) log.push({ atMs, text });
  };
  record.flagSet(origin, next());
  for (const name of [origin, ...names.filter((each) => each !== origin)]) show(name, true);
  record.flag!.receipt = { seenCount: nodeCount, missing: [], atMs: next() };
  record.linkCut(origin, victim, next());
  record.deletion!.deletedAtMs = next();
  for (const name of [origin, ...others.filter((each) => each !== origin)]) show(name, false);
  record.deletion!.healedAtMs = next();
  show(victim, false);
  return { record, log, endMs: next() };
}

function viewsOf(names: readonly string[]): Views {
  const seen: SeenMember = { state: 'alive', incarnation: 1, meta: '' };
  return new Map(names.map((observer) => [observer, new Map(names.map((subject) => [subject, seen]))]));
}

function sceneOf(name: ActName, nodeCount: number, isColoured: boolean = false): Scene {
  const { record, log, endMs } = recordedShow(nodeCount);
  return {
    record,
    views: viewsOf(record.names),
    act: { name, title: `2 of 4  ${name}`, story: 'Once upon a time there was a node. '.repeat(6).trim() },
    nowMs: endMs,
    addresses: new Map(record.names.map((each, index) => [each, `127.0.0.1:${40_000 + index}`])),
    log,
    paint: isColoured ? colourPaint : plainPaint,
  };
}

const acts: readonly ActName[] = ['forming', 'rumor', 'crash', 'comeback', 'flag', 'deletion'];
const sizes: readonly FrameSize[] = [
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 72, rows: 20 },
  { columns: 200, rows: 60 },
  { columns: 30, rows: 8 },
];

test.each(sizes)('at $columns by $rows no act of 3, 5, 8 or 50 nodes is wider or higher than the terminal', (size) => {
  for (const act of acts) {
    for (const nodeCount of [3, 5, 8, 50]) {
      const lines = frame(sceneOf(act, nodeCount, true), size);
      expect(lines).toHaveLength(size.rows);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(size.columns);
    }
  }
});

test.each(sizes.slice(0, 2))('at $columns by $rows all of 50 nodes are seen and nothing is cut off', (size) => {
  for (const act of acts) {
    const picture = frame(sceneOf(act, 50), size).join('\n');
    expect(picture.match(/[●○✗?!]\s?n\d\d/g)).toHaveLength(50);
    expect(picture).not.toContain('…');
  }
});

test('the picture of five nodes after a rumor has the curve with 2^r, and who heard it from whom', () => {
  const picture = frame(sceneOf('rumor', 5), { columns: 80, rows: 24 });
  expect(picture.slice(7, 13).map((line) => line.trimEnd())).toEqual([
    ' MEMBERS  ● has heard  ○ has not          THE RUMOR SPREADS',
    ' ● n01  :40000  from n02, round 0.3       round  0 ██┃░░░░░░░░░░░  1  2^r 1',
    ' ● n02  :40001  it began here             round  1 █████┃████████  5  2^r 2',
    ' ● n03  :40002  from n02, round 0.5',
    ' ● n04  :40003  from n02, round 0.8       Everybody knows after 1.0 rounds.',
    ' ● n05  :40004  from n02, round 1.0',
  ]);
});

test('the case of a crash names the accusers and the times', () => {
  const picture = frame(sceneOf('crash', 5), { columns: 80, rows: 24 }).map((line) => line.slice(42).trimEnd());
  const afterSteps = (count: number): string => seconds(count * STEP_MS);
  expect(picture.slice(8, 14)).toEqual([
    'n03 crashes     0.0 s  no goodbye',
    `ping missed     ${afterSteps(1)}  by n01`,
    `suspected       ${afterSteps(2)}  by n01`,
    `confirmed       ${afterSteps(5)}  by n05`,
    `declared dead   ${afterSteps(7)}  by n01`,
    `all know        ${afterSteps(10)}  4 of 4`,
  ]);
});

test('a flag has a receipt, and its deletion a story of who was cut off', () => {
  const right = (act: ActName): string[] =>
    frame(sceneOf(act, 5), { columns: 80, rows: 24 })
      .slice(8, 14)
      .map((line) => line.slice(42).trimEnd());
  const afterSteps = (count: number): string => seconds(count * STEP_MS);
  expect(right('flag')).toEqual([
    'n02 sets flags/new-ui',
    '',
    `shown by   ${'█'.repeat(23)} 5`,
    '',
    'receipt    seen by 5 of 5',
    `All have it after ${afterSteps(6)}.`,
  ]);
  expect(right('deletion').slice(0, 5)).toEqual([
    'n03 is cut off  0.0 s  hears nobody',
    `n02 deletes     ${afterSteps(1)}  flags/new-ui`,
    `gone from       ${afterSteps(5)}  4 others`,
    `link is back    ${afterSteps(6)}  still shown`,
    `n03 lets go     ${afterSteps(7)}  gone for good`,
  ]);
});

test('a flag that is shown after it was deleted is news, and told in the summary', () => {
  const { record } = recordedShow(5);
  expect(record.receiveFlag('n04', true, 1)).toMatchObject({ type: 'flag-back', by: 'n04' });
  expect(summarise(record, undefined).deletion).toMatchObject({ cutOff: 'n03', resurrections: 1 });
  expect(summaryText(summarise(record, undefined), plainPaint)).toContain('but it came back at 1');
});

test('who is cut off may be taken for dead, and take others for dead, without slander', () => {
  const { record } = recordedShow(5);
  for (const [by, node] of [
    ['n01', 'n03'],
    ['n03', 'n01'],
  ] as const) {
    record.receiveTrace(by, { type: 'dead', atMs: 1, node, incarnation: 9, from: by }, undefined);
  }
  expect(record.falseDeaths).toEqual([]);
});

test('the curve counts who had heard by the end of each round', () => {
  const { record } = recordedShow(9);
  expect(infectionCurve(record.rumor!, pace.gossipIntervalMs, 2)).toEqual([1, 5, 9]);
});

test('the summary has every number, fits 80 columns, and is plain when colours are off', () => {
  const { record } = recordedShow(50);
  const summary = summarise(record, undefined);
  expect(summary).toMatchObject({
    schema: 'hearsay/demo/1',
    ok: true,
    rumor: { origin: 'n02', rounds: 12.25 },
    crash: { victim: 'n03', firstMissMs: STEP_MS, suspectedMs: 2 * STEP_MS, allKnowMs: expect.any(Number) as number },
    comeback: { node: 'n03', incarnationBefore: 1, incarnationAfter: 2 },
    flag: { origin: 'n02', receipt: { seen: 50, missing: [] } },
    deletion: { origin: 'n02', cutOff: 'n03', goneFromCutOffMs: STEP_MS, resurrections: 0 },
    falseDeaths: 0,
  });
  const lines = summaryText(summary, plainPaint).split('\n');
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).not.toContain('\x1b');
});

test('a show that failed says what did not happen', () => {
  const { record } = recordedShow(3);
  const summary = summarise(record, 'n03 is suspected: not within 20 s');
  expect(summary).toMatchObject({ ok: false, failure: 'n03 is suspected: not within 20 s' });
  expect(summaryText(summary, plainPaint)).toContain('Not everything happened: n03 is suspected: not within 20 s');
});

test('a running node that is declared dead is slander, a late rumor of the death before a return is not', () => {
  const { record } = recordedShow(5);
  record.receiveTrace('n01', { type: 'dead', atMs: 1, node: 'n03', incarnation: 1, from: 'n02' }, undefined);
  expect(record.falseDeaths).toEqual([]);
  record.receiveTrace('n01', { type: 'dead', atMs: 2, node: 'n04', incarnation: 1, from: 'n02' }, undefined);
  expect(record.falseDeaths).toEqual([{ node: 'n04', by: 'n01', atMs: 2 }]);
});

test('lines of what happens fit the narrowest picture', () => {
  for (const nodeCount of [5, 50]) {
    for (const { text } of recordedShow(nodeCount).log) expect([text, displayWidth(text) <= 68]).toEqual([text, true]);
  }
});
