import type { Cluster, ClusterEventOf, SerfMember } from 'hearsay';
import type { LeveledLogger } from './agent-log.ts';
import { memberEvents, type MemberEventKind } from './event-filter.ts';
import { addressOf, hostOf } from './member-host.ts';
import type { AgentEvent } from './rpc/agent-api.ts';
import type { ScriptEvent, ScriptMember } from './script-run.ts';

/** Where an agent logs events: under the names that Serf's parts have there. */
export interface EventLoggers {
  readonly agent: LeveledLogger;
  readonly serf: LeveledLogger;
}

/** What happens in the cluster, logged and handed on to the handlers and to every stream of RPC. */
export class AgentEvents {
  readonly #listeners: Set<(event: AgentEvent) => void> = new Set();
  readonly #loggers: EventLoggers;

  /** `onMember` hears of each member in those that carry several. */
  constructor(
    cluster: Cluster,
    loggers: EventLoggers,
    onMember?: (news: MemberEventKind, member: ClusterEventOf<MemberEventKind>['member']) => void,
  ) {
    this.#loggers = loggers;
    for (const type of memberEvents) {
      cluster.on(type, ({ members }) => {
        for (const member of members) onMember?.(type, member);
        this.#tell({ type, members });
      });
    }
    cluster.on('user', ({ type, name, payload, ltime, coalesce }) =>
      this.#tell({ type, name, payload, ltime, coalesce }),
    );
    cluster.on('query', (query) => this.#tell(toAgentQuery(query)));
    cluster.on('name-conflict', ({ member, other }) =>
      loggers.serf.error(
        { name: member.name, address: addressOf(member), other: addressOf(other) },
        'two members claim one name',
      ),
    );
  }

  /** Calls `listener`, which must not throw, with each event until the returned function is called. */
  subscribe(listener: (event: AgentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(event: AgentEvent): void {
    this.#loggers.agent.info({}, `Received event: ${describe(event)}`);
    for (const listener of this.#listeners) listener(event);
  }
}

/** As a script gets it. */
export function toScriptEvent(event: AgentEvent): ScriptEvent {
  if (event.type === 'user' || event.type === 'query') return event;
  return { type: event.type, members: (event.members as readonly SerfMember[]).map(toScriptMember) };
}

function toScriptMember(member: SerfMember): ScriptMember {
  return { name: member.name, host: hostOf(member), tags: member.tags };
}

function toAgentQuery(query: ClusterEventOf<'query'>): AgentEvent {
  const { type, name, payload, ltime, timeoutMs } = query;
  const respond = (answer: Uint8Array): void => query.respond(answer);
  return { type, name, payload, ltime, timeoutMs, receivedAtMs: performance.now(), respond };
}

/** Serf's words for an event. */
function describe(event: AgentEvent): string {
  if (event.type === 'user') return `user-event: ${event.name}`;
  return event.type === 'query' ? `query: ${event.name}` : event.type;
}
