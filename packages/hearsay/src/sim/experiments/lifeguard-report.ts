import {
  reportRow,
  type ExperimentReport,
  type Plot,
  type PlotPoint,
  type ReportRow,
  type ReportTable,
  type Target,
} from './experiment.ts';
import { quantileText } from './figure-text.ts';
import { published, publishedByCount, type PublishedRow } from './lifeguard-published.ts';
import { anomalyCounts, lifeguardConfigs, lifeguardName } from './lifeguard-setting.ts';
import {
  factorsByCount,
  latenciesS,
  runsOf,
  scaledInterval,
  scaledSum,
  type LifeguardRun,
} from './lifeguard-summary.ts';
import type { LifeguardRunResult } from './lifeguard-run.ts';
import { bootstrapInterval, quantile, rankCorrelation, sum } from './statistics.ts';

const tableIv = ['swim', 'lha-probe', 'lha-suspicion', 'buddy', lifeguardName];
/** Other readings of the paper, and of what; in the tables when they were run. */
const readings = new Map(
  lifeguardConfigs.flatMap(({ name, readingOf }) => (readingOf === undefined ? [] : [[name, readingOf] as const])),
);
const sharp = lifeguardConfigs.filter(({ rules }) => rules === 'sharp').map(({ name }) => name);
const tableVii = lifeguardConfigs.map(({ name }) => name).filter((name) => name.startsWith('lifeguard '));

/** What the runs show beside what was published, and what is asked of our rules. */
export function reportLifeguard(runs: readonly LifeguardRun[]): ExperimentReport {
  const inTables = [
    ...tableIv,
    ...[...readings.keys()].filter((name) => runs.some(({ cell }) => cell.config === name)),
  ];
  return {
    tables: [
      accuracyTable(runs, inTables),
      loadTable(runs, inTables),
      latencyTable('Detection of crashes (Table V)', runs, inTables),
      countTable(runs),
      tuningTable(runs),
      oursTable(runs),
      pairedTable(runs),
    ],
    plots: [frontPlot(runs), countPlot(runs)],
  };
}

const quantities: Readonly<Record<'fp' | 'healthy' | 'packets' | 'bytes', (result: LifeguardRunResult) => number>> = {
  fp: ({ falsePositives }) => falsePositives,
  healthy: ({ healthyFalsePositives }) => healthyFalsePositives,
  packets: ({ packets }) => packets / 1e6,
  bytes: ({ packetBytes }) => packetBytes / 2 ** 30,
};

function accuracyTable(runs: readonly LifeguardRun[], names: readonly string[]): ReportTable {
  const targets: Partial<Record<string, Target>> = { swim: { near: 339_002, byShare: 0.3 } };
  const rows = names.flatMap((name) => {
    const as = publishedName(name);
    return [
      sumRow(runs, name, 'FP', 'fp', published[as]?.falsePositives, targets[as]),
      sumRow(runs, name, 'FP-', 'healthy', published[as]?.healthyFalsePositives),
    ];
  });
  const ratios = names.filter((name) => publishedName(name) === lifeguardName).map((name) => ratioRow(runs, name));
  return { title: 'False positives (Table IV)', rows: [...rows, ...ratios] };
}

/** Under which name the figures of a configuration were published. */
function publishedName(name: string): string {
  return readings.get(name) ?? name;
}

function ratioRow(runs: readonly LifeguardRun[], name: string): ReportRow {
  const base = name.startsWith('slow ') ? 'slow swim' : 'swim';
  const [ours, swim] = [name, base].map((each) => total(runs, each, 'fp'));
  return reportRow({
    label: `${name} / ${base}`,
    quantity: 'FP, %',
    published: 1.53,
    ...(ours !== undefined && swim !== undefined && { ours: (100 * ours) / swim }),
    target: { near: 2, by: 1 },
  });
}

function loadTable(runs: readonly LifeguardRun[], names: readonly string[]): ReportTable {
  const rows = names.flatMap((name) => {
    const { millionPackets, packetGib } = published[publishedName(name)]!;
    const isAsked = ['swim', lifeguardName].includes(publishedName(name));
    const target: Target | undefined = isAsked ? { near: millionPackets!, byShare: 0.1 } : undefined;
    return [
      sumRow(runs, name, 'packets, million', 'packets', millionPackets, target),
      sumRow(runs, name, 'bytes, GiB', 'bytes', packetGib),
    ];
  });
  return { title: 'Load (Table VI)', rows };
}

type Tolerance = readonly [median: number, most: number, nearlyAll: number];

/** Of medians, 99 % and 99.9 %. Lifeguard at its defaults is in Tables V and VII, and is held against the same in both. */
const tolerances: Partial<Record<string, Tolerance>> = {
  swim: [0.03, 0.05, 0.1],
  [lifeguardName]: [0.03, 0.1, 0.15],
};
const tuningTolerance: Tolerance = [0.1, 0.1, 0.1];

function latencyTable(title: string, runs: readonly LifeguardRun[], names: readonly string[]): ReportTable {
  const rows = names.flatMap((name) => {
    const row = published[publishedName(name)]!;
    return [
      ...latencyRows(runs, name, 'first', row.firstS, tolerances[name]),
      ...latencyRows(runs, name, 'full', row.fullS, tolerances[name]),
    ];
  });
  return { title, rows };
}

const shares = [0.5, 0.99, 0.999];

function latencyRows(
  runs: readonly LifeguardRun[],
  name: string,
  which: 'first' | 'full',
  publishedS: readonly number[],
  tolerance?: Tolerance,
): ReportRow[] {
  return shares.map((_, index) => {
    const near = publishedS[index]!;
    const byShare = tolerance?.[index];
    return latencyRow(runs, name, which, index, near, byShare === undefined ? undefined : { near, byShare });
  });
}

function latencyRow(
  runs: readonly LifeguardRun[],
  name: string,
  which: 'first' | 'full',
  shareIndex: number,
  publishedS: number | undefined,
  target: Target | undefined,
): ReportRow {
  const own = runsOf(runs, name, 'threshold');
  const statistic = (some: readonly LifeguardRun[]): number =>
    quantile(latenciesS(some, `${which}Ms`), shares[shareIndex]!);
  const seconds = statistic(own);
  const share = shares[shareIndex]!;
  const sampleCount = latenciesS(own, `${which}Ms`).length;
  return reportRow({
    label: name,
    quantity: `${which} detection, ${share === 0.5 ? 'median' : quantileText(share, sampleCount)}, s`,
    ...(publishedS !== undefined && { published: publishedS }),
    ...(!Number.isNaN(seconds) && { ours: seconds, interval: bootstrapInterval(own, statistic, 400) }),
    sampleCount,
    ...(target !== undefined && { target }),
  });
}

/** How false positives grow with the number of blocked members: Figure 2. */
function countTable(runs: readonly LifeguardRun[]): ReportTable {
  const rows = ['swim', lifeguardName].flatMap((name) => {
    const pairs = countPairs(runs, name);
    const ofEach = pairs.map(({ count, ours, theirs }) =>
      reportRow({ label: name, quantity: `FP at C = ${count}, of the same sum`, published: theirs, ours }),
    );
    const correlation = reportRow({
      label: name,
      quantity: 'rank correlation of FP by C with Figure 2',
      published: 1,
      ...(pairs.length > 0 && {
        ours: rankCorrelation(
          pairs.map(({ ours }) => ours),
          pairs.map(({ theirs }) => theirs),
        ),
      }),
      target: { atLeast: 0.95 },
    });
    return [...ofEach, correlation];
  });
  return { title: 'False positives by the number of blocked members (Figure 2)', rows };
}

/** False positives for each C, both with the published sum: their shape is compared. Empty without runs of each C. */
function countPairs(runs: readonly LifeguardRun[], name: string): { count: number; ours: number; theirs: number }[] {
  const own = runsOf(runs, name, 'interval');
  if (new Set(own.map(({ cell }) => cell.anomalyCount)).size < anomalyCounts.length) return [];
  const factors = factorsByCount(own, quantities.fp);
  const theirs = publishedByCount[name]!;
  const scale = sum(theirs) / sum(factors);
  return anomalyCounts.map((count, index) => ({ count, ours: scale * factors[index]!, theirs: theirs[index]! }));
}

function tuningTable(runs: readonly LifeguardRun[]): ReportTable {
  const rows = tableVii.flatMap((name) => {
    const { falsePositives, healthyFalsePositives, firstS, fullS } = published[name]!;
    const tolerance = tolerances[name] ?? tuningTolerance;
    return [
      ...latencyRows(runs, name, 'first', firstS, tolerance),
      latencyRow(runs, name, 'full', 0, fullS[0], { near: fullS[0], byShare: tolerance[0] }),
      sumRow(runs, name, 'FP', 'fp', falsePositives),
      sumRow(runs, name, 'FP-', 'healthy', healthyFalsePositives),
    ];
  });
  return { title: 'Tuning (Table VII)', rows };
}

interface Limits {
  readonly fp: number;
  readonly healthy?: number;
  readonly firstS: readonly number[];
}

const atFive: Limits = { fp: 520, healthy: 25, firstS: [12.3, 15, 17.8] };
const atTwo: Limits = { fp: 5_200, firstS: [6.2, 9.5, 11] };

/** What is asked of our rules. */
const asked: Readonly<Record<string, Limits>> = {
  'sharp a=5 k=3': atFive,
  'sharp a=5 k=2': atFive,
  'sharp a=5 k=1': atFive,
  'sharp a=2 k=3': atTwo,
  'sharp a=2 k=2': atTwo,
  'sharp a=2 k=1': atTwo,
};

function oursTable(runs: readonly LifeguardRun[]): ReportTable {
  const reference = published[lifeguardName]!;
  const rows = sharp.flatMap((name) => {
    const limits = asked[name];
    const load = limits === undefined ? undefined : ({ atMost: 435 } as const);
    return [
      sumRow(runs, name, 'FP', 'fp', reference.falsePositives, limits && { atMost: limits.fp }),
      sumRow(
        runs,
        name,
        'FP-',
        'healthy',
        reference.healthyFalsePositives,
        limits?.healthy === undefined ? undefined : { atMost: limits.healthy },
      ),
      sumRow(runs, name, 'packets, million', 'packets', reference.millionPackets, load),
      sumRow(runs, name, 'bytes, GiB', 'bytes', reference.packetGib, limits && { atMost: 146 }),
      ...shares.map((_, index) => {
        const limit = limits?.firstS[index];
        return latencyRow(
          runs,
          name,
          'first',
          index,
          reference.firstS[index],
          limit === undefined ? undefined : { atMost: limit },
        );
      }),
    ];
  });
  return { title: "Ours, beside Lifeguard's published figures at alpha 5, beta 6", rows };
}

/** What our rules and Lifeguard made of the same cells and seeds. Nothing is scaled, so few runs are enough. */
function pairedTable(runs: readonly LifeguardRun[]): ReportTable {
  const reference = new Map(runsOf(runs, lifeguardName, 'interval').map((run) => [settingOf(run), run]));
  const rows = sharp.flatMap((name) => {
    const own = runsOf(runs, name, 'interval').filter((run) => reference.has(settingOf(run)));
    if (own.length === 0) return [];
    const theirs = own.map((run) => reference.get(settingOf(run))!);
    const sumOf = (some: readonly LifeguardRun[], quantity: Quantity): number =>
      sum(some.map(({ result }) => quantities[quantity](result)));
    const row = (quantity: string, ours: number, target?: Target): ReportRow =>
      reportRow({ label: name, quantity, ours, sampleCount: own.length, ...(target !== undefined && { target }) });
    const share = (quantity: Quantity): number => (100 * sumOf(own, quantity)) / sumOf(theirs, quantity);
    return [
      row('FP', sumOf(own, 'fp')),
      row('FP of Lifeguard', sumOf(theirs, 'fp')),
      row('FP-', sumOf(own, 'healthy'), { atMost: sumOf(theirs, 'healthy') }),
      row('FP- of Lifeguard', sumOf(theirs, 'healthy')),
      row("packets, % of Lifeguard's", share('packets'), { atMost: 100 }),
      row("bytes, % of Lifeguard's", share('bytes'), { atMost: 100 }),
    ];
  });
  return { title: 'Ours and Lifeguard in the same runs', rows };
}

function settingOf({ cell: { anomalyCount, blockMs, intervalMs }, seed }: LifeguardRun): string {
  return `${anomalyCount}/${blockMs}/${intervalMs}/${seed}`;
}

type Quantity = keyof typeof quantities;

function total(runs: readonly LifeguardRun[], name: string, quantity: Quantity): number | undefined {
  return scaledSum(runsOf(runs, name, 'interval'), quantities[quantity]);
}

function sumRow(
  runs: readonly LifeguardRun[],
  name: string,
  label: string,
  quantity: Quantity,
  publishedValue?: number,
  target?: Target,
): ReportRow {
  const own = runsOf(runs, name, 'interval');
  const ours = scaledSum(own, quantities[quantity]);
  return reportRow({
    label: name,
    quantity: label,
    ...(publishedValue !== undefined && { published: publishedValue }),
    ...(ours !== undefined && { ours, interval: scaledInterval(own, quantities[quantity]) }),
    sampleCount: own.length,
    ...(target !== undefined && { target }),
  });
}

/** Median first detection against false positives: nearer to the origin is better in both. */
function frontPlot(runs: readonly LifeguardRun[]): Plot {
  const point = (name: string): PlotPoint[] => {
    const y = total(runs, name, 'fp');
    const x = quantile(latenciesS(runsOf(runs, name, 'threshold'), 'firstMs'), 0.5);
    return y === undefined || Number.isNaN(x) ? [] : [{ x, y: Math.max(y, 1), label: shortName(name) }];
  };
  const publishedPoint = ({ firstS, falsePositives }: PublishedRow, label: string): PlotPoint => ({
    x: firstS[0],
    y: falsePositives,
    label,
  });
  return {
    title: 'How soon crashes are found, and how many healthy members are taken for crashed',
    x: { label: 'first detection, median, s', min: 0 },
    y: { label: 'false positives (0 is drawn at 1)', isLog: true },
    series: [
      {
        name: 'Lifeguard',
        kind: 'published',
        style: 'points',
        points: tableVii.map((name) => publishedPoint(published[name]!, shortName(name))),
      },
      { name: 'SWIM', kind: 'published', style: 'points', points: [publishedPoint(published['swim']!, 'SWIM')] },
      { name: "memberlist's rules", kind: 'ours', style: 'points', points: ['swim', ...tableVii].flatMap(point) },
      { name: 'our rules', kind: 'ours', style: 'points', points: sharp.flatMap(point) },
    ],
  };
}

/** Whose rules they are the series says. */
function shortName(name: string): string {
  return name === 'swim' ? 'SWIM' : name.replace(/^(lifeguard|sharp) /, '');
}

function countPlot(runs: readonly LifeguardRun[]): Plot {
  const pairs = countPairs(runs, 'swim');
  return {
    title: 'False positives of SWIM by the number of blocked members',
    x: { label: 'blocked members' },
    y: { label: 'false positives, both with the same sum' },
    series: [
      {
        name: 'Figure 2',
        kind: 'published',
        points: anomalyCounts.map((x, index) => ({ x, y: publishedByCount['swim']![index]! })),
      },
      { name: "memberlist's rules", kind: 'ours', points: pairs.map(({ count: x, ours: y }) => ({ x, y })) },
    ],
  };
}
