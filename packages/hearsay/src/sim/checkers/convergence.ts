import type { MemberView } from '../../swim/index.ts';
import { formatAddress, isSameBytes } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { CheckContext, Checker } from './checker.ts';
import { firstProblem } from './first-problem.ts';

/**
 * After healing all views agree with the world: who runs is listed with the address and the metadata it has now, and
 * who does not run any more is not listed as alive.
 */
export class Convergence implements Checker {
  readonly invariant: string = 'convergence';
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

function wrongAbout(observer: SimNode, subject: SimNode): string | undefined {
  const view = observer.core.member(subject.name);
  const truth = subject.core.localMember;
  if (view === undefined) return `${observer.name} does not know ${subject.name}`;
  if (view.incarnation !== truth.incarnation) return `${observer.name} has an old record of ${subject.name}`;
  if (!isSameAddress(view, truth)) return `${observer.name} has a wrong address of ${subject.name}`;
  if (!isSameBytes(view.meta, truth.meta)) return `${observer.name} has old metadata of ${subject.name}`;
  return undefined;
}

function undeadAt(observer: SimNode, subject: SimNode): string | undefined {
  if (subject.state !== 'down') return undefined;
  const state = observer.core.memberState(subject.name);
  if (state !== 'alive' && state !== 'suspect') return undefined;
  return `${observer.name} still lists ${subject.name} as ${state}, which is down`;
}

function isSameAddress(a: MemberView, b: MemberView): boolean {
  return (a.address && formatAddress(a.address)) === (b.address && formatAddress(b.address));
}
