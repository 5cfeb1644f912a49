import { ClusterError } from 'hearsay';

/** Kinds of events about members. */
export const memberEvents = ['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap'] as const;

/** One of {@link memberEvents}. */
export type MemberEventKind = (typeof memberEvents)[number];

/** Kinds of events that scripts and streams can ask for. */
export type EventKind = MemberEventKind | 'user' | 'query';

/** One of the filters in front of a script, or in the list of a stream: `user:deploy` is `{ event: 'user', name: 'deploy' }`. */
export interface EventFilter {
  /** An {@link EventKind} or `*`, if the filter is valid. */
  readonly event: string;
  /** Empty: any. Only events of users and queries have names. */
  readonly name: string;
}

/** A script and the one filter that calls it. */
export interface EventHandler {
  readonly filter: EventFilter;
  readonly script: string;
}

/** Takes `member-join,user:NAME` apart. Nothing is checked: see {@link isValidFilter}. Empty text: `*`. */
export function parseEventFilters(text: string): readonly EventFilter[] {
  if (text === '') return [{ event: '*', name: '' }];
  return text.split(',').map((part) => {
    const colon = /^(user|query):/.exec(part);
    return colon === null ? { event: part, name: '' } : { event: colon[1]!, name: part.slice(colon[0].length) };
  });
}

/** Whether there is such an event. */
export function isValidFilter({ event }: EventFilter): boolean {
  return event === '*' || event === 'user' || event === 'query' || memberEvents.some((kind) => kind === event);
}

/** Whether an event of that kind, and of that name if it has one, is asked for. */
export function matchesFilter(filter: EventFilter, kind: EventKind, name: string = ''): boolean {
  if (filter.event === '*') return true;
  return filter.event === kind && (filter.name === '' || filter.name === name);
}

/** Takes `[FILTERS=]SCRIPT` apart, one entry a filter. Nothing is checked: see {@link isValidFilter}. */
export function parseEventHandler(text: string): readonly EventHandler[] {
  const equals = text.indexOf('=');
  const script = text.slice(equals + 1);
  return parseEventFilters(text.slice(0, Math.max(equals, 0))).map((filter) => ({ filter, script }));
}

/**
 * All handlers of a configuration.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` with Serf's text when a filter is none
 */
export function parseEventHandlers(texts: readonly string[]): readonly EventHandler[] {
  const handlers = texts.flatMap(parseEventHandler);
  for (const { filter, script } of handlers) {
    if (!isValidFilter(filter)) {
      throw new ClusterError('ERR_CONFIG', `Invalid event script: Event '${filter.event}' invoking '${script}'`);
    }
  }
  return handlers;
}
