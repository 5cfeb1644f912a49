import type { RpcMemberStatus, RpcMemberTransition } from 'hearsay/client';
import { cutTo, displayWidth, pad, safeText, type Paint } from '../output.ts';
import type { FrameSize } from '../screen.ts';
import { spanText } from '../units.ts';
import type { TopDocument } from './document.ts';
import { figuresOf, stateLook } from './member-status.ts';
import { sectionsOf, type Section } from './sections.ts';

/** What a frame shows. */
export interface TopScene {
  /** How the agent is reached. */
  readonly address: string;
  readonly document: TopDocument;
  /** What there is to say besides: that the agent does not answer, say. */
  readonly note: string | undefined;
  /** The last line, for people at a terminal. */
  readonly foot: string | undefined;
}

/** Lists are of use from here on: a head and two entries. */
const listsMinRows = 3;
const labelWidth = 9;
/** Below this, labels get no column of their own. */
const narrowColumns = 60;

/** The whole screen: exactly `rows` lines, none wider than `columns`. */
export function topFrame(scene: TopScene, { columns, rows }: FrameSize, paint: Paint): string[] {
  const { document, note, foot } = scene;
  const width = Math.max(1, columns - 1);
  const top = [headLine(scene, width, paint), ...(note === undefined ? [] : [paint(safeText(note), 'red', 'bold')])];
  const bottom = foot === undefined ? [] : [paint(foot, 'dim')];
  const figures = fitSections(
    sectionsOf(document, paint),
    width,
    rows - top.length - bottom.length - listsMinRows,
    paint,
  );
  const lists = listLines(document, width, rows - top.length - figures.length - bottom.length, paint);
  const used = [...top, ...figures, ...lists];
  const filled = Array.from({ length: rows - bottom.length }, (_, row) => used[row] ?? '');
  return [...filled, ...bottom].slice(0, rows).map((line) => cutTo(line, width));
}

function headLine({ document, address }: TopScene, width: number, paint: Paint): string {
  const { kind, node, uptimeMs } = document;
  const name = paint(safeText(node), 'bold');
  if (kind === 'serf')
    return `${name}  ${paint('an agent of Serf: it tells no rates, no state, no reasons', 'yellow')}`;
  const since = uptimeMs === undefined ? '' : `up ${spanText(uptimeMs)}`;
  return pad(`${name}  ${safeText(address)}`, width - since.length) + since;
}

/** As many sections as there is room for, in their order; the most important ones first. */
function fitSections(sections: readonly Section[], width: number, rowsMax: number, paint: Paint): string[] {
  const byRank = sections.toSorted((a, b) => a.rank - b.rank);
  for (let count = byRank.length; count > 1; count -= 1) {
    const kept = new Set(byRank.slice(0, count));
    const lines = sections.filter((section) => kept.has(section)).flatMap((section) => flow(section, width, paint));
    if (lines.length <= rowsMax) return lines;
  }
  return byRank.slice(0, 1).flatMap((section) => flow(section, width, paint));
}

/** The cells in lines, none broken in two. */
function flow({ label, cells }: Section, width: number, paint: Paint): string[] {
  const indent = width < narrowColumns ? 1 : labelWidth;
  const lines = [pad(paint(label, 'bold'), indent - 2)];
  for (const cell of cells) {
    const line = `${lines.at(-1)!}  ${cell}`;
    if (displayWidth(line) <= width) lines[lines.length - 1] = line;
    else lines.push(' '.repeat(indent) + cell);
  }
  return lines;
}

/** The worst members, and below them what changed last: in a third of the room, or what the members leave of it. */
function listLines({ members, transitions }: TopDocument, width: number, rows: number, paint: Paint): string[] {
  if (rows < 2) return [];
  const gap = rows >= 8 ? [''] : [];
  const headRows = gap.length + 1;
  const changesMax = Math.max(Math.ceil(rows / 3), rows - headRows - members.length) - headRows;
  const changes = transitions.slice(0, rows >= 6 ? Math.max(0, changesMax) : 0);
  const below = changes.length === 0 ? [] : [...gap, ...changeLines(changes, paint)];
  return [...gap, ...memberLines(members.slice(0, rows - headRows - below.length), width, paint), ...below];
}

/** Each with what it is, how far away and how late, and why. Numbers are right-aligned. */
function memberLines(members: readonly RpcMemberStatus[], width: number, paint: Paint): string[] {
  const rows = members.map((member) => [safeText(member.name), ...figuresOf(member), safeText(member.why)]);
  const heads = ['WORST', 'STATE', 'FOR', 'RTT', 'LAG', 'WHY'];
  const widths = heads.map((_, column) =>
    Math.max(minWidths[column]!, ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  widths[0] = Math.min(widths[0]!, Math.max(6, Math.floor(width / 3)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : pad(cutTo(cell, widths[column]!), widths[column]!, sides[column]),
      )
      .join('  ')
      .trimEnd();
  return [
    paint(line(heads), 'bold'),
    ...rows.map((row, index) =>
      line(row.map((cell, column) => (column === 1 ? paint(cell, stateLook(members[index]!.state)) : cell))),
    ),
  ];
}

/** So that columns do not move to and fro with what is in them. */
const minWidths = [8, 7, 3, 5, 5, 3] as const;
const sides = ['right', 'right', 'left', 'left', 'left', 'right'] as const;

function changeLines(transitions: readonly RpcMemberTransition[], paint: Paint): string[] {
  return [
    paint('WHAT CHANGED', 'bold'),
    ...transitions.map(({ node, from, to, agoMs, by }) => {
      const said = by === '' || by === node ? '' : `, says ${by}`;
      const state = paint(safeText(to), stateLook(to));
      return `${pad(spanText(agoMs), 4, 'left')} ago  ${safeText(node)}: ${safeText(from)} → ${state}${safeText(said)}`;
    }),
  ];
}
