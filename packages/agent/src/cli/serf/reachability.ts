import { safeText } from '../output.ts';

/** Whose acknowledgements came, against who should have sent one. */
export interface ReachabilityResult {
  /** Names in the order in which the acknowledgements came; a name that came twice stands twice. */
  readonly acks: readonly string[];
  readonly liveNames: readonly string[];
}

/** What is wrong with a {@link ReachabilityResult}. */
export interface ReachabilityVerdict {
  readonly isReachable: boolean;
  /** Names that acknowledged more than once. */
  readonly duplicates: readonly string[];
  /** Live members that did not acknowledge. */
  readonly missing: readonly string[];
  /** Names that acknowledged though they are not live here. */
  readonly unexpected: readonly string[];
}

/** Everybody is reachable when as many acknowledged as are live, and nobody twice. */
export function judgeReachability({ acks, liveNames }: ReachabilityResult): ReachabilityVerdict {
  const heard = new Set(acks);
  const live = new Set(liveNames);
  const duplicates = [...new Set(acks.filter((name, index) => acks.indexOf(name) !== index))];
  return {
    isReachable: acks.length === liveNames.length && duplicates.length === 0,
    duplicates,
    missing: liveNames.filter((name) => !heard.has(name)),
    unexpected: [...heard].filter((name) => !live.has(name)),
  };
}

/** The last lines of `hearsay reachability`. The first line of each complaint is that of `serf`. */
export function verdictText({ acks, liveNames }: ReachabilityResult, verdict: ReachabilityVerdict): string {
  const duplicates = verdict.duplicates.length === 0 ? '' : `${DUPLICATES}\n`;
  if (acks.length === liveNames.length) return `${duplicates}Successfully contacted all live nodes\n`;
  const isMore = acks.length > liveNames.length;
  const head = isMore
    ? 'Received more acks than live nodes! Acks from non-live nodes:'
    : 'Received less acks than live nodes! Missing acks from:';
  const names = isMore ? verdict.unexpected : verdict.missing;
  const advice = isMore ? ADVICE_MORE : ADVICE_LESS;
  return `${duplicates}${head}\n${names.map((name) => `\t${safeText(name)}\n`).join('')}${advice}\n`;
}

const DUPLICATES = 'One name answered more than once: two nodes use it. Give each node a name of its own.';

const CHECKS = `
What to check:
* every node's bind port lets UDP and TCP through, from all the others
* an advertised address leads to the address that is bound
* no node is behind address translation that it does not know of
* \`hearsay members\` on the nodes named above shows the same pool`;

const ADVICE_LESS = `Packets of gossip get lost on the way to them or back.\n${CHECKS}`;
const ADVICE_MORE = `This agent takes live nodes for failed ones: its probes do not reach them.\n${CHECKS}`;
