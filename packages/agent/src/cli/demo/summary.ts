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
  readonly flag?: {
    readonly origin: string;
    /** Until the last node showed it. */
    readonly shownByAllMs: number;
    readonly receipt: { readonly seen: number; readonly missing: readonly string[]; readonly afterMs: number };
  };
  readonly deletion?: {
    readonly origin: string;
    readonly cutOff: string;
    /** From the deletion until it was gone from all who were connected. */
    readonly goneFromOthersMs: number;
    /** From the moment the link was back until it was gone from the one that had been cut off. */
    readonly goneFromCutOffMs: number;
    /** Nodes that showed the flag after it was deleted. */
    readonly resurrections: number;
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
    ...summariseFlag(record),
    ...summariseDeletion(record),
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

function summariseFlag({ flag, names }: DemoRecord): Pick<DemoSummary, 'flag'> {
  const receipt = flag?.receipt;
  if (flag === undefined || receipt === undefined || flag.shownBy.size < names.length) return {};
  const { origin, shownBy, startedAtMs } = flag;
  return {
    flag: {
      origin,
      shownByAllMs: whole(Math.max(...shownBy.values()) - startedAtMs),
      receipt: { seen: receipt.seenCount, missing: receipt.missing, afterMs: whole(receipt.atMs - startedAtMs) },
    },
  };
}

function summariseDeletion({ deletion, resurrections, names }: DemoRecord): Pick<DemoSummary, 'deletion'> {
  if (deletion?.deletedAtMs === undefined || deletion.healedAtMs === undefined) return {};
  const { origin, cutOff, deletedAtMs, goneFrom, healedAtMs } = deletion;
  const end = goneFrom.get(cutOff);
  if (end === undefined || goneFrom.size < names.length) return {};
  const others = [...goneFrom].filter(([name]) => name !== cutOff).map(([, atMs]) => atMs);
  return {
    deletion: {
      origin,
      cutOff,
      goneFromOthersMs: whole(Math.max(...others) - deletedAtMs),
      goneFromCutOffMs: whole(end - healedAtMs),
      resurrections: resurrections.length,
    },
  };
}

/** The summary for people. */
export function summaryText(summary: DemoSummary, paint: Paint): string {
  const { rumor, nodes } = summary;
  const parts = [formingRows, rumorRows, crashRows, comebackRows, flagRows, deletionRows];
  const rows = parts.flatMap((part) => part(summary));
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

function flagRows({ flag, nodes }: DemoSummary): Row[] {
  if (flag === undefined) return [];
  const { receipt } = flag;
  return [
    ['flag everywhere', flag.shownByAllMs, `set by ${flag.origin}`],
    ['receipt', receipt.afterMs, `seen by ${receipt.seen} of ${nodes}, as ${flag.origin} knows`],
  ];
}

function deletionRows({ deletion }: DemoSummary): Row[] {
  if (deletion === undefined) return [];
  const { cutOff, goneFromCutOffMs, goneFromOthersMs, origin, resurrections } = deletion;
  const end = resurrections === 0 ? 'and it never came back' : `but it came back at ${resurrections}`;
  return [
    ['flag deleted', goneFromOthersMs, `by ${origin}, while ${cutOff} was cut off`],
    [`${cutOff} let it go`, goneFromCutOffMs, `after the link was back, ${end}`],
  ];
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
