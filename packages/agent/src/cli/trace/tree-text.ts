import type { RpcTraceHearer, RpcTraceReport } from 'hearsay/client';
import { safeText, type Paint } from '../output.ts';
import { millisecondsText } from '../units.ts';

/** Lines of a tree, members told by one, and hops. Chosen: a screen; `--json` has all. */
const linesMax = 40;
const childrenMax = 8;
const depthMax = 12;

/** How it came to a member, where that was not by gossip. */
const viaTexts: Readonly<Record<string, string>> = {
  pull: ', asked for',
  'push-pull': ', by push/pull',
  'anti-entropy': ', by comparison',
};

interface Drawing {
  readonly children: ReadonlyMap<string, readonly RpcTraceHearer[]>;
  readonly paint: Paint;
  readonly lines: string[];
  shownCount: number;
}

/** Who told whom: a line for each member, below the one from whom it heard. */
export function treeText({ hearers, origin }: RpcTraceReport, paint: Paint): string {
  const names = new Set(hearers.map(({ name }) => name));
  const children = new Map<string, RpcTraceHearer[]>();
  for (const hearer of hearers) {
    if (hearer.name === origin) continue;
    const parent = hearer.from !== undefined && names.has(hearer.from) ? hearer.from : holeOf(hearer);
    const others = children.get(parent);
    if (others === undefined) children.set(parent, [hearer]);
    else others.push(hearer);
  }
  const drawing: Drawing = { children, paint, lines: [], shownCount: 1 };
  drawing.lines.push(safeText(origin));
  drawBelow(origin, '', 1, drawing);
  for (const [parent, below] of children) {
    if (names.has(parent)) continue;
    if (drawing.lines.length >= linesMax) break;
    drawing.lines.push(paint(`? ${safeText(below[0]!.hole ?? parent)}`, 'yellow'));
    drawBelow(parent, '', 1, drawing);
  }
  const hiddenCount = hearers.length - drawing.shownCount;
  if (hiddenCount > 0) drawing.lines.push(paint(`and ${hiddenCount} more, with -json`, 'dim'));
  const title = `\n${paint('Who told whom', 'bold')} (when it was heard)\n`;
  return `${title}${drawing.lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Those that heard from one who cannot tell stand together. */
function holeOf({ from, hole }: RpcTraceHearer): string {
  return `\u0000${from ?? hole ?? ''}`;
}

function drawBelow(parent: string, indent: string, depth: number, drawing: Drawing): void {
  const all = drawing.children.get(parent) ?? [];
  const shown = depth > depthMax ? [] : all.slice(0, childrenMax);
  for (const [index, hearer] of shown.entries()) {
    if (drawing.lines.length >= linesMax) return;
    const isLast = index === all.length - 1;
    drawing.lines.push(`${indent}${isLast ? '└' : '├'}─ ${labelOf(hearer, drawing.paint)}`);
    drawing.shownCount += 1;
    drawBelow(hearer.name, `${indent}${isLast ? ' ' : '│'}  `, depth + 1, drawing);
  }
  const hiddenCount = all.length - shown.length;
  if (hiddenCount === 0 || drawing.lines.length >= linesMax) return;
  drawing.lines.push(`${indent}└─ ${drawing.paint(`${hiddenCount} more`, 'dim')}`);
}

function labelOf({ name, afterMs, via, late }: RpcTraceHearer, paint: Paint): string {
  const time = `${millisecondsText(afterMs)}${viaTexts[via] ?? ''}`;
  return `${safeText(name)} ${paint(time, 'dim')}${late === undefined ? '' : paint(' late', 'yellow')}`;
}
