import { crc32 } from 'node:zlib';
import { formatAddress, type MemberStatus, type SerfMember } from 'hearsay';
import { MemberExpressions } from './member-expressions.ts';

/** A group of targets with its labels, as Prometheus reads it from HTTP. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Targets, or what is wrong with the query that asked for them. */
export type DiscoveryAnswer =
  { readonly ok: true; readonly groups: readonly TargetGroup[] } | { readonly ok: false; readonly problem: string };

interface Filter {
  readonly isMet: (member: SerfMember) => boolean;
  readonly portOf: (member: SerfMember) => number | undefined;
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const prefix = '__meta_hearsay_';
const statuses: readonly MemberStatus[] = ['alive', 'leaving', 'left', 'failed'];
const parameters = ['tag', 'status', 'name', 'port', 'port_tag'];

/**
 * The members that `query` asks for, one group each, in the form of Prometheus' `http_sd_config`. The port of a target is
 * what the tag named by `port_tag` says, else `port`, else `defaultPort`; a member whose tag says none is left out.
 */
export function discover(members: readonly SerfMember[], query: URLSearchParams, defaultPort: number): DiscoveryAnswer {
  const expressions = new MemberExpressions(members.length, query.getAll('name').length + query.getAll('tag').length);
  const filter = parseFilter(query, expressions, defaultPort);
  if (!filter.ok) return filter;
  const { isMet, portOf } = filter.value;
  const matching = members.filter(isMet);
  const { problem } = expressions;
  if (problem !== undefined) return { ok: false, problem };
  const groups = matching
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((member): TargetGroup[] => {
      const { address } = member;
      const port = portOf(member);
      if (address === undefined || port === undefined) return [];
      return [{ targets: [formatAddress({ host: address.host, port })], labels: labelsOf(member) }];
    });
  return { ok: true, groups };
}

/** Labels by tag. Tags whose names become the same label get a checksum of the name behind it, but for the one that fits. */
export function tagLabels(tags: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(tags).toSorted();
  const labels = new Map<string, string>();
  // Names that fit as they are go first, so that no other tag can take their label.
  for (const isFit of [true, false]) {
    for (const name of names) {
      const clean = name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
      if ((clean === name) !== isFit) continue;
      let label = `${prefix}tag_${clean}`;
      const isShared = names.filter((other) => other.replaceAll(/[^a-zA-Z0-9_]/g, '_') === clean).length > 1;
      if (!isFit && isShared) label += `_${crc32(name).toString(16).padStart(8, '0')}`;
      while (labels.has(label)) label += '_';
      labels.set(label, tags[name]!);
    }
  }
  return Object.fromEntries(labels);
}

function labelsOf({ name, status, address, tags }: SerfMember): Record<string, string> {
  return {
    [`${prefix}name`]: name,
    [`${prefix}status`]: status,
    [`${prefix}address`]: address!.host,
    [`${prefix}gossip_port`]: String(address!.port),
    ...tagLabels(tags),
  };
}

function parseFilter(query: URLSearchParams, expressions: MemberExpressions, defaultPort: number): Parsed<Filter> {
  for (const name of query.keys()) {
    if (parameters.includes(name)) continue;
    return { ok: false, problem: `there is no parameter "${name}": ${parameters.join(', ')}` };
  }
  const wanted = statusesOf(query);
  if (!wanted.ok) return wanted;
  const conditions: Filter['isMet'][] = [({ status }) => wanted.value.includes(status)];
  for (const text of query.getAll('name')) {
    const pattern = parsePattern(expressions, 'name', text);
    if (!pattern.ok) return pattern;
    conditions.push(({ name }) => pattern.value(name));
  }
  for (const text of query.getAll('tag')) {
    const at = text.indexOf('=');
    if (at < 1) return { ok: false, problem: `tag is "${text}", it must be NAME=EXPRESSION` };
    const [tag, expression] = [text.slice(0, at), text.slice(at + 1)];
    const pattern = parsePattern(expressions, 'tag', expression);
    if (!pattern.ok) return pattern;
    conditions.push(({ tags }) => Object.hasOwn(tags, tag) && pattern.value(tags[tag]!));
  }
  const ports = portsOf(query, defaultPort);
  if (!ports.ok) return ports;
  return { ok: true, value: { isMet: (member) => conditions.every((isMet) => isMet(member)), portOf: ports.value } };
}

function statusesOf(query: URLSearchParams): Parsed<readonly string[]> {
  const texts = query.getAll('status').flatMap((text) => text.split(','));
  const unknown = texts.find((text) => !statuses.some((status) => status === text));
  if (unknown !== undefined) return { ok: false, problem: `status is "${unknown}", it must be ${statuses.join(', ')}` };
  return { ok: true, value: texts.length === 0 ? ['alive'] : texts };
}

/** As `serf members` does it: the whole text must match. */
function parsePattern(
  expressions: MemberExpressions,
  what: string,
  expression: string,
): Parsed<(text: string) => boolean> {
  const pattern = expressions.compile(`^(?:${expression})$`);
  if (pattern !== undefined) return { ok: true, value: pattern };
  return { ok: false, problem: expressions.problem ?? `${what} has "${expression}", which is no expression` };
}

function portsOf(query: URLSearchParams, defaultPort: number): Parsed<Filter['portOf']> {
  const text = query.get('port');
  const port = text === null ? defaultPort : parsePort(text);
  if (port === undefined) return { ok: false, problem: `port is "${text}", it must be from 1 to 65535` };
  const tag = query.get('port_tag');
  if (tag === null) return { ok: true, value: () => port };
  return {
    ok: true,
    value: ({ tags }) => (Object.hasOwn(tags, tag) ? parsePort(tags[tag]!) : text === null ? undefined : port),
  };
}

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
