import { unreachable } from '../util/index.ts';
import type { Scenario } from './scenario.ts';

/** What goes wrong in a run. Nodes are named by index, so that a plan is plain data. */
export type Fault =
  | { readonly type: 'crash'; readonly node: number; readonly isHostUp: boolean }
  | { readonly type: 'restart'; readonly node: number; readonly memory: 'kept' | 'lost' }
  | { readonly type: 'pause'; readonly node: number; readonly forMs: number }
  | { readonly type: 'isolate'; readonly node: number; readonly forMs: number }
  | { readonly type: 'partition'; readonly groups: readonly (readonly number[])[]; readonly forMs: number }
  | {
      readonly type: 'links';
      readonly from: readonly number[] | 'all';
      readonly to: readonly number[] | 'all';
      readonly loss?: number;
      readonly addedLatencyMs?: number;
      readonly clogged?: boolean;
      readonly channel?: 'packets' | 'streams';
      readonly forMs: number;
    }
  /** For good: two nodes that never hear each other again. */
  | { readonly type: 'divide'; readonly nodes: readonly [number, number] }
  /** For good: a node that hears nobody, or that nobody hears. */
  | { readonly type: 'cut-off'; readonly node: number; readonly direction: 'cannot-send' | 'cannot-receive' };

/** Does it. What makes no sense at the moment, as pausing a node that is down, does nothing. */
export function inject(scenario: Scenario, fault: Fault): void {
  const nameOf = (index: number): string => scenario.nodes[index]!.name;
  const namesOf = (indices: readonly number[] | 'all'): readonly string[] | 'all' =>
    indices === 'all' ? 'all' : indices.map(nameOf);
  switch (fault.type) {
    case 'crash':
      scenario.crash(nameOf(fault.node), { isHostUp: fault.isHostUp });
      return;
    case 'restart': {
      const node = scenario.nodes[fault.node]!;
      if (node.state === 'down') scenario.restart(node.name, { memory: fault.memory });
      return;
    }
    case 'pause':
      scenario.pause(nameOf(fault.node), { forMs: fault.forMs });
      return;
    case 'isolate':
      scenario.isolate(nameOf(fault.node), { forMs: fault.forMs });
      return;
    case 'partition':
      scenario.partition(
        fault.groups.map((group) => group.map(nameOf)),
        { forMs: fault.forMs },
      );
      return;
    case 'links': {
      const { loss, addedLatencyMs, clogged, channel, forMs } = fault;
      const how = {
        ...(loss === undefined ? {} : { loss }),
        ...(addedLatencyMs === undefined ? {} : { addedLatencyMs }),
        ...(clogged === true ? { clogUntilMs: scenario.nowMs + forMs } : {}),
        ...(channel === undefined ? {} : { channel }),
      };
      scenario.degrade(namesOf(fault.from), namesOf(fault.to), how, { forMs });
      return;
    }
    case 'divide':
      scenario.divide(nameOf(fault.nodes[0]), nameOf(fault.nodes[1]));
      return;
    case 'cut-off':
      scenario.cutOff(nameOf(fault.node), fault.direction);
      return;
    default:
      unreachable(fault);
  }
}
