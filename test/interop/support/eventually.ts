import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks `read` again and again until `isTrue` of its answer. Real processes run on real time, so this is the one place
 * where a test waits. On timeout it throws with the last answer.
 */
export async function eventually<T>(
  what: string,
  read: () => T | Promise<T>,
  isTrue: (value: T) => boolean,
  withinMs: number = 20_000,
  everyMs: number = 100,
): Promise<T> {
  const startedAtMs = performance.now();
  for (;;) {
    const value = await read();
    if (isTrue(value)) return value;
    if (performance.now() - startedAtMs > withinMs) {
      throw new Error(`after ${withinMs} ms still not true: ${what}. Last seen: ${JSON.stringify(value)}`);
    }
    await delay(everyMs);
  }
}
