import type { Io } from '../io.ts';

/**
 * Runs `work` until it is done or the user has enough of it: the first SIGINT or SIGTERM aborts its signal, and with
 * `isOnScreen` also a terminal that is closed. Resolves to whether it was let finish; what it throws because of the
 * interrupt is not told.
 */
export async function unlessInterrupted(
  io: Io,
  work: (signal: AbortSignal) => Promise<void>,
  isOnScreen: boolean = false,
): Promise<boolean> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const stops = [io.onInterrupt(abort), ...(isOnScreen ? [io.onReload(abort), io.onBrokenOutput(abort)] : [])];
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
