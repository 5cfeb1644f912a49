import { bar } from '../bars.ts';
import { pad, type Paint } from '../output.ts';
import { pace, toRounds } from './pace.ts';
import { infectionCurve, type DemoRecord } from './record.ts';
import { seconds } from './scene.ts';

/** What was measured, as `hearsay demo --json` prints it. All times are in milliseconds. */
export interface DemoSummary {
  readonly schema: 'hearsay/demo/1';
  readonly nodes: number;
  /** Everything that was to be seen was seen. */
  readonly ok: boolean;
  /** What did not happen. */
  readonly failure?: string;
  readonly settings: typeof pace;
  readonly formedMs?: number;
  readonly rumor?: {
    readonly origin: string;
    readonly tookMs: number;
    readonly rounds: number;
    readonly curve: readonly number[];
    readonly hearings: readonly { readonly node: string; readonly from?: string; readonly afterMs: number }[];
  };
  readonly crash?: {
    readonly victim: string;
    readonly firstMissMs?: number;
    readonly accusers: readonly { readonly node: string; readonly afterMs: number }[];
    readonly suspectedMs?: number;
    /** When the second accuser was heard of. */
    readonly confirmedMs?: number;
    readonly firstDeadMs?: number;
    readonly allKnowMs?: number;
  };
  readonly comeback?: {
    readonly node: string;
    readonly incarnationBefore: number;
    readonly incarnationAfter: number;
    readonly allKnowMs?: number;
  };
  readonly falseDeaths: number;
}

/** The numbers of a show; what did not happen is left out. */
export function summarise(record: DemoRecord, failure: string | undefined): DemoSummary {
  const { formedAtMs, startedAtMs } = record;
  return {
    schema: 'hearsay/demo/1',
    nodes: record.names.length,
    ok: failure === undefined,
    ...(failure === undefined ? {} : { failure }),
    settings: pace,
    ...(formedAtMs === undefined ? {} : { formedMs: whole(formedAtMs - startedAtMs) }),
    ...summariseRumor(record),
    ...summariseCrash(record),
    ...summariseComeback(record),
    falseDeaths: record.falseDeaths.length,
  };
}

function summariseRumor({ rumor, names }: DemoRecord): Pick<DemoSummary, 'rumor'> {
  if (rumor === undefined || rumor.hearings.length < names.length) return {};
  const tookMs = rumor.hearings.at(-1)!.atMs - rumor.startedAtMs;
  return {
    rumor: {
      origin: rumor.origin,
      tookMs: whole(tookMs),
      rounds: Number(toRounds(tookMs).toFixed(2)),
      curve: infectionCurve(rumor, pace.gossipIntervalMs, Math.ceil(toRounds(tookMs))),
      hearings: rumor.hearings.map(({ node, from, atMs }) => ({
        node,
        ...(from === undefined ? {} : { from }),
        afterMs: whole(atMs - rumor.startedAtMs),
      })),
    },
  };
}

function summariseCrash({ crash, names }: DemoRecord): Pick<DemoSummary, 'crash'> {
  if (crash === undefined) return {};
  const after = (atMs: number): number => whole(atMs - crash.crashedAtMs);
  const dead = [...crash.deadFor.values()];
  const [first, second] = crash.accusations;
  return {
    crash: {
      victim: crash.victim,
      ...(crash.firstMiss === undefined ? {} : { firstMissMs: after(crash.firstMiss.atMs) }),
      accusers: crash.accusations.map(({ from, atMs }) => ({ node: from, afterMs: after(atMs) })),
      ...(first === undefined ? {} : { suspectedMs: after(first.atMs) }),
      ...(second === undefined ? {} : { confirmedMs: after(second.atMs) }),
      ...(dead.length === 0 ? {} : { firstDeadMs: after(Math.min(...dead)) }),
      ...(dead.length < names.length - 1 ? {} : { allKnowMs: after(Math.max(...dead)) }),
    },
  };
}

function summariseComeback({ comeback, names }: DemoRecord): Pick<DemoSummary, 'comeback'> {
  if (comeback === undefined) return {};
  const { node, incarnationBefore, incarnationAfter, aliveFor, startedAtMs } = comeback;
  const isKnown = aliveFor.size === names.length - 1;
  return {
    comeback: {
      node,
      incarnationBefore,
      incarnationAfter,
      ...(isKnown ? { allKnowMs: whole(Math.max(...aliveFor.values()) - startedAtMs) } : {}),
    },
  };
}

/** The summary for people. */
export function summaryText(summary: DemoSummary, paint: Paint): string {
  const { rumor, nodes } = summary;
  const rows = [...formingRows(summary), ...rumorRows(summary), ...crashRows(summary), ...comebackRows(summary)];
  const table = rows.map(([what, ms, how]) => {
    const when = ms === undefined ? '–' : seconds(ms);
    return `  ${pad(what, 18)}${pad(when, 8, 'left')}   ${paint(how, 'dim')}\n`;
  });
  const curve = rumor === undefined ? '' : `\n${curveText(rumor.curve, nodes, paint)}`;
  const verdict = summary.ok
    ? paint('Everything shown was measured on real sockets.', 'green', 'bold')
    : paint(`Not everything happened: ${summary.failure}`, 'red', 'bold');
  return `${paint('What you saw', 'bold')}\n${table.join('')}${curve}\n${verdict}\n`;
}

type Row = readonly [what: string, ms: number | undefined, how: string];

function formingRows({ formedMs, nodes }: DemoSummary): Row[] {
  return formedMs === undefined ? [] : [['cluster formed', formedMs, `${nodes} nodes know each other`]];
}

function rumorRows({ rumor, nodes }: DemoSummary): Row[] {
  if (rumor === undefined) return [];
  const doublings = Math.ceil(Math.log2(nodes));
  return [
    ['rumor everywhere', rumor.tookMs, `${rumor.rounds} rounds, from ${rumor.origin}; by doubling alone: ${doublings}`],
  ];
}

function crashRows({ crash, nodes }: DemoSummary): Row[] {
  if (crash === undefined) return [];
  const [first, second] = crash.accusers;
  return [
    [`${crash.victim} suspected`, first?.afterMs, `after the crash, by ${first?.node ?? 'nobody'}`],
    [
      'confirmed',
      second?.afterMs,
      second === undefined ? 'no second accuser' : `by ${second.node}, on its own evidence`,
    ],
    ['declared dead', crash.firstDeadMs, 'no denial in time'],
    ['everybody knows', crash.allKnowMs, `all ${nodes - 1} others`],
  ];
}

function comebackRows({ comeback }: DemoSummary): Row[] {
  if (comeback === undefined) return [];
  const { node, allKnowMs, incarnationAfter, incarnationBefore } = comeback;
  return [[`${node} is back`, allKnowMs, `incarnation ${incarnationAfter} beats ${incarnationBefore}`]];
}

function curveText(curve: readonly number[], total: number, paint: Paint): string {
  return curve
    .map((heard, round) => {
      const ideal = Math.min(total, 2 ** round);
      return `  round ${pad(String(round), 2, 'left')} ${paint(bar(heard / total, 30, ideal / total), 'cyan')} ${pad(String(heard), 2, 'left')} know   2^${round} = ${ideal}\n`;
    })
    .join('');
}

function whole(ms: number): number {
  return Math.round(ms);
}
