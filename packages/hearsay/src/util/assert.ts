/**
 * Ends the step when an invariant of ours is broken. Stays on in production: a node that goes on with a broken
 * invariant spreads the damage. Never used on input from the network or from callers.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionError(invariant);
}

/** For the `default` of a switch over a union: compiles only when every case is handled. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}

/** A broken invariant: a bug in hearsay itself. Nobody should catch it to go on. */
export class AssertionError extends Error {
  override readonly name: string = 'AssertionError';
}
