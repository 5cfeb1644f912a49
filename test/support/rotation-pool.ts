import { CommonKey, simulate, type Scenario, type ScenarioOptions } from 'hearsay/sim';
import { expect } from 'vitest';
import { nodeAead } from '../golden/node-aead.ts';
import { SimRotation, toText, type SimRotationOptions } from './sim-rotation.ts';

export const oldKey: Uint8Array = new Uint8Array(16).fill(1);
export const newKey: Uint8Array = new Uint8Array(32).fill(2);

/** A pool in which the key is rotated. */
export interface Run {
  readonly pool: Scenario;
  readonly rotation: SimRotation;
}

/** An encrypted Serf pool and a rotation that has not begun. Whether any two members read each other is always checked. */
export function beginRotation(
  options: Omit<ScenarioOptions, 'aead' | 'node'>,
  how: Omit<SimRotationOptions, 'target'>,
): Run {
  const pool = simulate({
    serf: {},
    seedNodeCount: options.nodeCount,
    checkers: [(context) => new CommonKey(context)],
    ...options,
    node: { keys: [oldKey] },
    aead: nodeAead,
  });
  return { pool, rotation: new SimRotation(pool, { target: newKey, ...how }) };
}

/** Without `forMs` it stays away. Nothing when it is down already. */
export function crash(pool: Scenario, name: string, forMs?: number): void {
  if (pool.node(name).state === 'down') return;
  pool.crash(name);
  if (forMs !== undefined) pool.simulator.at(pool.nowMs + forMs, () => comeBack(pool, name));
}

/** With the keys of its keyring file, as it left them. Nothing when it is there. */
export function comeBack(pool: Scenario, name: string): void {
  if (pool.node(name).state !== 'down') return;
  const others = pool.nodes.map((node) => node.name).filter((other) => other !== name);
  pool.restart(name).join(name, others);
}

/** All of the members named have that key and no other, also in their keyring files. */
export function expectOnly(pool: Scenario, key: Uint8Array, names: readonly string[]): void {
  for (const name of names) {
    const { core, storedKeys = [oldKey] } = pool.node(name);
    expect({ name, keys: core.keyring.keys, storedKeys }).toEqual({ name, keys: [key], storedKeys: [key] });
  }
}

/** A failure names the case and what the rotation did. */
export function tellOnFailure(what: string, { rotation }: Run, check: () => void): void {
  try {
    check();
  } catch (error) {
    const steps = rotation.steps.map((step) => `    ${toText(step)}`).join('\n');
    if (error instanceof Error) error.message = `${what}: ${error.message}\n  the rotation:\n${steps}`;
    throw error;
  }
}
