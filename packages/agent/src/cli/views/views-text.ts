import type { RpcViewGroup, RpcViewHolder, RpcViews } from 'hearsay/client';
import { safeText, type Paint } from '../output.ts';
import { amountOf, nameList } from './words.ts';

/** Names on one line. Chosen: a thousand would hide the rest; `--json` has them all. */
const namesMax = 12;

/** Who believes what, for people. */
export function viewsText(views: RpcViews, paint: Paint): string {
  const { groups, silent } = views;
  const named = (isStock: boolean): string[] =>
    silent.filter(({ reason }) => (reason === 'stock') === isStock).map(({ name }) => name);
  return [
    groups.length === 1 ? oneViewText(views, paint) : manyViewsText(views, paint),
    silentText('Not heard yet', named(false), (text) => paint(text, 'yellow')),
    silentText('Cannot tell: no members of ours, or run with -kv=false', named(true), (text) => text),
  ].join('');
}

function oneViewText({ groups, isAgreed, node }: RpcViews, paint: Paint): string {
  const { members, liveCount } = groups[0]!;
  const agreed = `${isAgreed ? 'All ' : ''}${members.length} that told agree`;
  const who = members.length === 1 ? `Only ${safeText(node)} has told` : agreed;
  const line = paint(`${who}: ${amountOf(liveCount, 'member')} there.`, 'bold', isAgreed ? 'green' : 'yellow');
  return `${line}\n  ${namesOf(members)}\n`;
}

function manyViewsText({ groups, node }: RpcViews, paint: Paint): string {
  const ours = groups.find(({ isOurs }) => isOurs)!;
  const other = groups.find(({ isOurs }) => !isOurs)!;
  return [
    `${paint(`${groups.length} views of who is there, as ${safeText(node)} has heard.`, 'bold', 'yellow')}\n`,
    ...groups.map((group, index) => groupText(group, `View ${index + 1}`, { node, ours, paint })),
    '\nNews takes seconds to reach all: look again, and if this stays, ask two of them:\n',
    `  hearsay diff ${safeText(node)} ${safeText(other.members[0]!.name)}\n`,
  ].join('');
}

interface Seen {
  /** The agent that was asked, and the group that it is in. */
  readonly node: string;
  readonly ours: RpcViewGroup;
  readonly paint: Paint;
}

function groupText(group: RpcViewGroup, title: string, { node, ours, paint }: Seen): string {
  const { members, liveCount, isOurs, differs } = group;
  const owner = isOurs ? `, that of ${safeText(node)}` : '';
  const head = paint(`${title}${owner}: ${amountOf(members.length, 'member')}, with ${liveCount} there`, 'bold');
  const lines = [namesOf(members), agesText(members)];
  if (differs !== undefined) lines.push(explained(differs, safeText(node)));
  else if (!isOurs) lines.push(unexplained(liveCount - ours.liveCount, safeText(node)));
  return `\n${head}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function explained({ onlyHere, onlyThere }: NonNullable<RpcViewGroup['differs']>, node: string): string {
  const told = [
    onlyHere.length === 0 ? [] : [`without ${nameList(onlyHere, namesMax)}, there for ${node}`],
    onlyThere.length === 0 ? [] : [`with ${nameList(onlyThere, namesMax)}, not there for ${node}`],
  ];
  return told.flat().join('; ');
}

function unexplained(surplus: number, node: string): string {
  const many = surplus === 0 ? 'as many as' : `${Math.abs(surplus)} ${surplus > 0 ? 'more' : 'fewer'} than`;
  return `${many} for ${node}; about whom, the digests do not tell`;
}

/** A member that has just spoken may be ahead of the others; one that has not for long may have missed something. */
function agesText(members: readonly RpcViewHolder[]): string {
  const ages = members.map(({ ageMs }) => ageMs);
  const [newest, oldest] = [Math.min(...ages), Math.max(...ages)].map(ago);
  return newest === oldest ? `said ${newest}` : `said ${newest} to ${oldest}`;
}

function ago(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds === 0) return 'just now';
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3_600)} h ago`;
}

function silentText(title: string, names: readonly string[], painted: (text: string) => string): string {
  return names.length === 0 ? '' : `\n${painted(title)}\n  ${nameList(names, namesMax)}\n`;
}

function namesOf(members: readonly RpcViewHolder[]): string {
  return nameList(
    members.map(({ name }) => name),
    namesMax,
  );
}
