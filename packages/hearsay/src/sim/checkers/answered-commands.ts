import type { ClusterEvent } from '../../cluster/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

type Done = 'join-done' | 'leave-done' | 'update-done';

/** How the run notes a command, and what ends it. */
const commands: readonly { readonly text: string; readonly done: Done }[] = [
  { text: 'joins through', done: 'join-done' },
  { text: 'leaves', done: 'leave-done' },
  { text: 'sets its metadata to', done: 'update-done' },
  { text: 'sets its tags to', done: 'update-done' },
];

/** The longest time-out that scenarios give to a command, and room for a second try of each stream. */
const ANSWER_MAX_MS = 30_000;

/** Every join, leave and update is answered once, within its time, whatever happens around it. */
export class AnsweredCommands implements Checker {
  readonly invariant: string = 'answered-commands';
  readonly #context: CheckContext;
  /** When the commands began that are not answered yet, by process and answer. */
  readonly #open: Map<string, { readonly node: SimNode; readonly life: number; readonly sinceMs: number[] }> =
    new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onAction(node: SimNode | undefined, text: string): void {
    if (node === undefined) return;
    // What it was asked before it stood still has that much more time; a machine restored from an image even more.
    if (text === 'gets time again' || text.startsWith('starts again')) this.#restart(node);
    const command = commands.find((candidate) => text.startsWith(candidate.text));
    if (command === undefined) return;
    const key = `${node.processKey}/${command.done}`;
    const open = this.#open.get(key) ?? { node, life: node.life, sinceMs: [] };
    open.sinceMs.push(this.#context.simulator.nowMs);
    this.#open.set(key, open);
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (event.type !== 'join-done' && event.type !== 'leave-done' && event.type !== 'update-done') return;
    this.#open.get(`${node.processKey}/${event.type}`)?.sinceMs.shift();
  }

  onSample(): void {
    const { nowMs } = this.#context.simulator;
    for (const [key, { node, life, sinceMs }] of this.#open) {
      if (node.life !== life) this.#open.delete(key);
      const [first] = sinceMs;
      if (node.life !== life || node.state !== 'running' || first === undefined) continue;
      if (nowMs - first <= ANSWER_MAX_MS) continue;
      const what = key.split('/').at(-1)!;
      throw new InvariantBroken(this.invariant, `${node.name} waits for ${what} for ${nowMs - first} ms`);
    }
  }

  #restart(node: SimNode): void {
    const { nowMs } = this.#context.simulator;
    for (const open of this.#open.values()) if (open.node === node) open.sinceMs.fill(nowMs);
  }
}
