import type { SimNode } from '../sim-node.ts';
import type { CheckContext, Checker } from './checker.ts';
import { firstProblem } from './first-problem.ts';

/**
 * After healing all views of a Serf pool agree with the world: who runs is alive, with the tags it has now, and who does
 * not run any more is not alive.
 */
export class SerfConvergence implements Checker {
  readonly invariant: string = 'serf-convergence';
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  unsettled(): string | undefined {
    const core = this.#context.core();
    return firstProblem(core, this.#context.simulator.nodes, (observer, subject) =>
      core.includes(subject) ? wrongAbout(observer, subject) : undeadAt(observer, subject),
    );
  }
}

/** What a member with gossiped state says beside its own tags. */
const stateTag = { gs: '1' };

function wrongAbout(observer: SimNode, subject: SimNode): string | undefined {
  const member = observer.core.serfMember(subject.name);
  if (member?.status !== 'alive') return `${observer.name} shows ${subject.name} as ${member?.status ?? 'unknown'}`;
  const announced = { ...subject.core.tags, ...(subject.core.kv !== undefined && stateTag) };
  const [seen, actual] = [member.tags, announced].map((tags) => JSON.stringify(Object.entries(tags).sort()));
  return seen === actual ? undefined : `${observer.name} has old tags of ${subject.name}`;
}

function undeadAt(observer: SimNode, subject: SimNode): string | undefined {
  if (subject.state !== 'down') return undefined;
  const status = observer.core.serfMember(subject.name)?.status;
  return status === 'alive' ? `${observer.name} still shows ${subject.name} as alive, which is down` : undefined;
}
