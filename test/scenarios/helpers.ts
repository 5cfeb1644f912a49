import type { ClusterEvent } from 'hearsay/core';
import type { Scenario } from 'hearsay/sim';

/** Who was declared dead, as `observer: subject`, by anybody and ever. */
export function deathsIn(cluster: Scenario): string[] {
  return cluster.nodes.flatMap((node) =>
    namesIn(cluster, node.name, 'member-failed').map((name) => `${node.name}: ${name}`),
  );
}

/** Whom the events of that type at `observer` are about, in order. */
export function namesIn(cluster: Scenario, observer: string, type: ClusterEvent['type']): string[] {
  return cluster
    .eventsAt(observer)
    .flatMap((event) => (event.type === type && event.name !== undefined ? [event.name] : []));
}

/** Whether each of the named nodes lists each of them as alive. */
export function areMutuallyAlive(cluster: Scenario, names: readonly string[]): boolean {
  return names.every((observer) => names.every((subject) => cluster.stateAt(observer, subject) === 'alive'));
}

/** Whether none of the observers has a record of the subject any more. */
export function isForgotten(cluster: Scenario, observers: readonly string[], subject: string): boolean {
  return observers.every((observer) => cluster.stateAt(observer, subject) === undefined);
}

/** All nodes but the named ones. */
export function namesExcept(cluster: Scenario, ...excepted: readonly string[]): string[] {
  return cluster.nodes.map((node) => node.name).filter((name) => !excepted.includes(name));
}
