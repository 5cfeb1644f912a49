import type { RpcLateReason, RpcTraceReport } from 'hearsay/client';
import { safeText, type Paint } from '../output.ts';
import { millisecondsText } from '../units.ts';
import { nameList } from '../views/words.ts';
import { curveText } from './curve-text.ts';
import { treeText } from './tree-text.ts';

/** Names on one line, and reasons. Chosen: a thousand would hide the rest. */
const namesMax = 12;
const reasonsMax = 20;

const missingTexts: Readonly<Record<string, string>> = {
  stock: 'no members of ours, or run with -kv=false: they cannot tell',
  dead: 'declared dead meanwhile',
  left: 'left meanwhile',
  'no answer': 'did not answer',
  forgotten: 'have heard too much since to remember',
};

/** How a rumor went, for people. */
export function traceText(report: RpcTraceReport, paint: Paint): string {
  return [
    headText(report, paint),
    curveText(report, paint),
    treeText(report, paint),
    lateText(report, paint),
    unheardText(report, paint),
    missingText(report, paint),
  ].join('');
}

function headText(report: RpcTraceReport, paint: Paint): string {
  const { kind, name, origin, hearers, unheard, missing, spread, theory, errorMs, lossSeen } = report;
  const what = kind === 'event' ? `Event ${JSON.stringify(name)}` : `Key ${JSON.stringify(name)}`;
  const tellCount = hearers.length + unheard.length;
  const who =
    unheard.length === 0 ? `all ${tellCount} that can tell` : `${hearers.length} of ${tellCount} that can tell`;
  const cannot = missing.length === 0 ? '' : ` (${missing.length} cannot)`;
  const last = spread === undefined ? '' : `, the last one after ${millisecondsText(spread.maxMs)}`;
  const lines = [
    spread &&
      `half of them within ${millisecondsText(spread.p50Ms)}, 99 % within ${millisecondsText(spread.p99Ms)}; times are right to ${millisecondsText(errorMs)}`,
    `theory: the last one within ${millisecondsText(theory.lastP50Ms)} in half of all cases, within ${millisecondsText(theory.lastP99Ms)} in 99 %`,
    lossSeen === undefined ? undefined : `of the copies sent, ${(lossSeen * 100).toFixed(1)} % did not arrive`,
  ];
  const look = unheard.length === 0 ? 'green' : 'yellow';
  const head = paint(safeText(`${what} from ${origin} was heard by ${who}${cannot}${last}.`), 'bold', look);
  return `${head}\n${lines.flatMap((line) => (line === undefined ? [] : [`  ${line}\n`])).join('')}`;
}

function lateText({ hearers }: RpcTraceReport, paint: Paint): string {
  const late = hearers.flatMap(({ name, late: reason }) => (reason === undefined ? [] : [{ name, reason }]));
  return reasonsText('Late, and why', late, paint);
}

function unheardText({ unheard }: RpcTraceReport, paint: Paint): string {
  return reasonsText('Have not heard, and why', unheard, paint);
}

/** Those of whom the same is to be said stand together. */
function reasonsText(
  title: string,
  members: readonly { readonly name: string; readonly reason: RpcLateReason }[],
  paint: Paint,
): string {
  if (members.length === 0) return '';
  const groups = new Map<string, { readonly reason: RpcLateReason; readonly names: string[] }>();
  for (const { name, reason } of members) {
    const key = `${reason.cause} ${reason.text}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { reason, names: [name] });
    else group.names.push(name);
  }
  const lines = [...groups.values()].slice(0, reasonsMax).map(({ reason, names }) => {
    const cause = paint(safeText(reason.cause), 'yellow');
    return `  ${nameList(names, namesMax)}: ${cause}; ${safeText(reason.text)}\n`;
  });
  const more = groups.size > reasonsMax ? `  and ${groups.size - reasonsMax} more reasons, with -json\n` : '';
  return `\n${paint(title, 'bold')}\n${lines.join('')}${more}`;
}

function missingText({ missing }: RpcTraceReport, paint: Paint): string {
  if (missing.length === 0) return '';
  const reasons = [...new Set(missing.map(({ reason }) => reason))];
  const lines = reasons.map((reason) => {
    const names = missing.filter((member) => member.reason === reason).map(({ name }) => name);
    return `  ${nameList(names, namesMax)}: ${missingTexts[reason] ?? safeText(reason)}\n`;
  });
  return `\n${paint('Not known', 'bold')}\n${lines.join('')}`;
}
