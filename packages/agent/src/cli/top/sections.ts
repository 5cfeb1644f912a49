import { bar } from '../bars.ts';
import type { Paint } from '../output.ts';
import { bytesText, millisecondsText, numberText } from '../units.ts';
import type { TopDocument } from './document.ts';
import { stateLook } from './member-status.ts';

/** A few figures about one thing. */
export interface Section {
  readonly label: string;
  /** Each is kept in one piece. */
  readonly cells: readonly string[];
  /** Where there is no room for all, the one with the lowest number stays longest. */
  readonly rank: number;
}

/** A lag from which on something is wrong. As `kv.gossip.lagWarnMs`. */
const lagWarnMs = 5_000;
/** A delay of the event loop that others begin to notice. Chosen. */
const loopWarnMs = 100;
const budgetBarCells = 10;
/** Serf warns of a queue so long. */
const queueWarnCount = 128;

/** The figures of an agent, in the order in which they are shown. What it does not tell is left out. */
export function sectionsOf(document: TopDocument, paint: Paint): Section[] {
  const sections: Section[] = [
    { label: 'MEMBERS', cells: memberCells(document, paint), rank: 0 },
    { label: 'TRAFFIC', cells: trafficCells(document, paint), rank: 1 },
    { label: 'PROBES', cells: probeCells(document, paint), rank: 5 },
    { label: 'QUEUES', cells: queueCells(document, paint), rank: 3 },
    { label: 'STATE', cells: stateCells(document, paint), rank: 2 },
    { label: 'SPREAD', cells: spreadCells(document), rank: 6 },
    { label: 'PROCESS', cells: processCells(document, paint), rank: 4 },
  ];
  return sections.filter(({ cells }) => cells.length > 0);
}

function memberCells({ memberCounts, healthScore, state }: TopDocument, paint: Paint): string[] {
  const counts = Object.entries(memberCounts).filter(([name, count]) => count > 0 || name === 'alive');
  const health =
    healthScore === undefined
      ? []
      : [healthScore === 0 ? 'own health good' : paint(`own health score ${healthScore}`, 'yellow')];
  return [
    ...counts.map(([name, count]) => paint(`${count} ${name}`, stateLook(name))),
    ...viewCells(state, paint),
    ...health,
  ];
}

/** Whether those that tell agree on who is live. */
function viewCells(state: TopDocument['state'], paint: Paint): string[] {
  if (state === undefined) return [];
  return [state.views === 1 ? 'all agree' : paint(`${state.views} distinct views`, 'red', 'bold')];
}

function trafficCells({ rates }: TopDocument, paint: Paint): string[] {
  if (rates === undefined) return [];
  const { packetsReceived, packetsSent, bytesReceived, bytesSent, packetsRefused } = rates;
  return [
    `in ${numberText(packetsReceived)} packets/s ${bytesText(bytesReceived)}/s`,
    `out ${numberText(packetsSent)} packets/s ${bytesText(bytesSent)}/s`,
    ...(packetsRefused > 0 ? [paint(`refused ${numberText(packetsRefused)}/s`, 'yellow')] : []),
  ];
}

function probeCells({ rates, totals }: TopDocument, paint: Paint): string[] {
  if (totals === undefined) return [];
  return [
    ...(rates === undefined ? [] : [`${numberText(rates.probes)}/s`]),
    ...(rates !== undefined && rates.probesFailed > 0
      ? [paint(`failing ${numberText(rates.probesFailed)}/s`, 'yellow')]
      : []),
    `since start: failed ${totals.probesFailed}, suspicions ${totals.suspicions}, refuted here ${totals.refutations}`,
  ];
}

function queueCells({ queues, queueDropped = 0 }: TopDocument, paint: Paint): string[] {
  const cells = Object.entries(queues).map(([name, count]) =>
    paint(`${name} ${count}`, ...(count >= queueWarnCount ? (['yellow'] as const) : [])),
  );
  return queueDropped === 0 ? cells : [...cells, paint(`dropped ${queueDropped} since start`, 'yellow')];
}

function stateCells({ state, rates }: TopDocument, paint: Paint): string[] {
  if (state === undefined) return [];
  const { members, sharedKeys, sharedBytes, ownedKeys, telemetryKeys, lagMs, isReady, bytesPerSecondMax } = state;
  const share = rates === undefined ? 0 : Math.min(1, rates.stateBytesSent / bytesPerSecondMax);
  return [
    `${members} take part`,
    `${sharedKeys} shared keys, ${bytesText(sharedBytes)}`,
    `${ownedKeys} owned`,
    `${telemetryKeys} telemetry`,
    paint(`lag ${millisecondsText(lagMs)}`, ...(lagMs >= lagWarnMs ? (['yellow'] as const) : [])),
    ...(isReady ? [] : [paint('writes faster than it spreads', 'red')]),
    ...(rates === undefined
      ? []
      : [
          `sessions ${numberText(rates.sessions)}/s`,
          `sends ${bytesText(rates.stateBytesSent)}/s of ${bytesText(bytesPerSecondMax)}/s ${bar(share, budgetBarCells)}`,
        ]),
  ];
}

function spreadCells({ state }: TopDocument): string[] {
  const spread = state?.spreadMs;
  if (spread === undefined) return [];
  return [
    `state reaches this member in ${millisecondsText(spread.p50)} (median), ${millisecondsText(spread.p99)} (99 of 100)`,
    `${spread.count} measured`,
  ];
}

function processCells({ process, rates }: TopDocument, paint: Paint): string[] {
  if (process === undefined) return [];
  const { rssBytes, heapUsedBytes, loopDelayMs } = process;
  const delay =
    loopDelayMs === undefined
      ? []
      : [
          `loop delay ${millisecondsText(loopDelayMs.p50)} (median)`,
          paint(
            `${millisecondsText(loopDelayMs.max)} (most)`,
            ...(loopDelayMs.max >= loopWarnMs ? (['yellow'] as const) : []),
          ),
        ];
  return [
    ...(rates === undefined ? [] : [`cpu ${numberText(rates.cpuCores * 100)} %`]),
    `memory ${bytesText(rssBytes)}`,
    `heap ${bytesText(heapUsedBytes)}`,
    ...delay,
  ];
}
