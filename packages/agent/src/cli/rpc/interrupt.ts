import type { Io } from '../io.ts';

/** Ctrl-C and Ctrl-D are keys where keys are read. */
const quitKeys: ReadonlySet<string> = new Set(['q', 'Q', '\x03', '\x04']);

/**
 * Runs `work` until it is done or the user has enough of it: the first SIGINT or SIGTERM aborts its signal, and with
 * `isOnScreen` also q, and a terminal that is closed. Resolves to whether it was let finish; what it throws because of
 * the interrupt is not told.
 */
export async function unlessInterrupted(
  io: Io,
  work: (signal: AbortSignal) => Promise<void>,
  isOnScreen: boolean = false,
): Promise<boolean> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const onKey = (key: string): void => {
    if (quitKeys.has(key)) abort();
  };
  const onScreen = isOnScreen ? [io.onKey(onKey), io.onReload(abort), io.onBrokenOutput(abort)] : [];
  const stops = [io.onInterrupt(abort), ...onScreen];
  try {
    await work(controller.signal);
    return !controller.signal.aborted;
  } catch (error) {
    if (controller.signal.aborted) return false;
    throw error;
  } finally {
    for (const stop of stops) stop();
  }
}

/** Waits while standard output is full. Rejects with the reason of `signal` when that is aborted meanwhile. */
export async function outputRoom(io: Io, signal: AbortSignal): Promise<void> {
  if (io.isOutputFull) await unlessAborted(io.outputDrained(), signal);
}

/** `work`, unless `signal` is aborted before it is done. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
