import type { RpcDiff, RpcDiffBelief, RpcDifference, RpcDiffSide } from 'hearsay/client';
import { safeText, table, type Paint } from '../output.ts';
import { amountOf } from './words.ts';

/** Lines of differences. Chosen: a screen or two; `--json` has more. */
const rowsMax = 60;

const absenceTexts: Readonly<Record<string, string>> = {
  stock: 'cannot tell: it is no member of ours, or runs with -kv=false',
  failed: 'has failed and did not answer',
  left: 'has left and did not answer',
  unknown: 'is no member that this agent knows',
  'no answer': 'did not answer in time',
};

/** Where two members disagree, for people. */
export function diffText(diff: RpcDiff, paint: Paint): string {
  const { a, b, differences, differenceCount } = diff;
  const absent = [...new Map([a, b].map((side) => [side.name, side])).values()].filter(
    ({ absence }) => absence !== undefined,
  );
  if (absent.length > 0) {
    return absent
      .map(({ name, absence }) =>
        paint(`${safeText(name)} ${absenceTexts[absence!] ?? safeText(absence!)}.\n`, 'yellow'),
      )
      .join('');
  }
  const names = [a, b].map(({ name }) => safeText(name));
  if (differenceCount === 0) {
    return `${paint(`${names.join(' and ')} agree about all members.`, 'bold', 'green')}\n  ${knowsText(a)}\n`;
  }
  const rows = differences.flatMap((difference) => rowsOf(difference)).slice(0, rowsMax);
  const told = new Set(rows.map(([name]) => name)).size;
  const head = ['MEMBER', 'DISAGREE ON', ...names.map((name) => name.toUpperCase())];
  return [
    `${paint(`${names.join(' and ')} disagree about ${amountOf(differenceCount, 'member')}.`, 'bold', 'yellow')}\n`,
    `  ${names[0]} ${knowsText(a)}\n  ${names[1]} ${knowsText(b)}\n\n`,
    table([head, ...rows]),
    told < differenceCount ? `and ${amountOf(differenceCount - told, 'member')} more\n` : '',
  ].join('');
}

function knowsText({ counts }: RpcDiffSide): string {
  const known = Object.entries(counts).filter(([state, count]) => count > 0 || state === 'alive');
  return `knows ${known.map(([state, count]) => `${count} ${safeText(state)}`).join(', ')}`;
}

/** A line for each thing that they see differently. */
function rowsOf({ name, aspects, a, b }: RpcDifference): string[][] {
  return aspects.map((aspect) => [
    safeText(name),
    aspectNames[aspect] ?? safeText(aspect),
    cell(aspect, a, b),
    cell(aspect, b, a),
  ]);
}

const aspectNames: Readonly<Record<string, string>> = { liveness: 'whether it is there' };

function cell(aspect: string, belief: RpcDiffBelief | undefined, other: RpcDiffBelief | undefined): string {
  if (belief === undefined) return 'not known';
  switch (aspect) {
    case 'address':
      return safeText(belief.address);
    case 'incarnation':
      return String(belief.incarnation);
    case 'tags':
      return tagsText(belief.tags, other?.tags ?? {});
    default:
      return safeText(belief.state);
  }
}

/** Those that the other has not, or has otherwise. */
function tagsText(tags: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>): string {
  const own = Object.entries(tags).filter(([tag, value]) => others[tag] !== value);
  return own.length === 0 ? 'none of these' : safeText(own.map(([tag, value]) => `${tag}=${value}`).join(' '));
}
