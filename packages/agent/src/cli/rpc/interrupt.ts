import type { Io } from '../io.ts';

/**
 * Runs `work` until it is done or the user has enough of it: the first SIGINT or SIGTERM aborts its signal. Resolves to
 * whether it was let finish; what it throws because of the interrupt is not told.
 */
export async function unlessInterrupted(io: Io, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const controller = new AbortController();
  const stop = io.onInterrupt(() => controller.abort());
  try {
    await work(controller.signal);
    return !controller.signal.aborted;
  } catch (error) {
    if (controller.signal.aborted) return false;
    throw error;
  } finally {
    stop();
  }
}
