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
  const [accusation] = crash.accusations;
  return {
    crash: {
      victim: crash.victim,
      ...(crash.firstMiss === undefined ? {} : { firstMissMs: after(crash.firstMiss.atMs) }),
      accusers: crash.accusations.map(({ from, atMs }) => ({ node: from, afterMs: after(atMs) })),
      ...(accusation === undefined ? {} : { suspectedMs: after(accusation.atMs) }),
      ...(crash.firstConfirmation === undefined ? {} : { confirmedMs: after(crash.firstConfirmation.atMs) }),
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
  const { rumor, crash, comeback } = summary;
  const rows: [string, string, string][] = [];
  const time = (ms: number | undefined): string => (ms === undefined ? '–' : seconds(ms));
  if (summary.formedMs !== undefined)
    rows.push(['cluster formed', time(summary.formedMs), `${summary.nodes} nodes know each other`]);
  if (rumor !== undefined) {
    const best = Math.ceil(Math.log2(summary.nodes));
    rows.push([
      'rumor everywhere',
      time(rumor.tookMs),
      `${rumor.rounds} rounds, from ${rumor.origin}; by doubling alone: ${best}`,
    ]);
  }
  if (crash !== undefined) {
    const accusers = crash.accusers.map(({ node }) => node);
    rows.push(
      [`${crash.victim} suspected`, time(crash.suspectedMs), `after the crash, by ${accusers[0] ?? 'nobody'}`],
      [
        'confirmed',
        time(crash.confirmedMs),
        crash.confirmedMs === undefined ? 'no second accuser' : `by ${accusers[1] ?? ''}, on evidence of its own`,
      ],
      ['declared dead', time(crash.firstDeadMs), 'no denial in time'],
      ['everybody knows', time(crash.allKnowMs), `all ${summary.nodes - 1} others`],
    );
  }
  if (comeback !== undefined) {
    rows.push([
      `${comeback.node} is back`,
      time(comeback.allKnowMs),
      `incarnation ${comeback.incarnationAfter} beats ${comeback.incarnationBefore}`,
    ]);
  }
  const table = rows
    .map(([what, when, how]) => `  ${pad(what, 18)}${pad(when, 8, 'left')}   ${paint(how, 'dim')}\n`)
    .join('');
  const curve = rumor === undefined ? '' : `\n${curveText(rumor.curve, summary.nodes, paint)}`;
  const verdict = summary.ok
    ? paint('Everything shown was measured on real sockets.', 'green', 'bold')
    : paint(`Not everything happened: ${summary.failure}`, 'red', 'bold');
  return `${paint('What you saw', 'bold')}\n${table}${curve}\n${verdict}\n`;
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
