/** How long to wait for one answer, and how to stop waiting. */
export interface RpcWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Begins to wait: when the time is up or the signal aborts, `giveUp` gets the reason, once. What is returned stops that;
 * after it nothing of the wait is left behind.
 */
export function startWaiting(
  { timeoutMs, signal }: RpcWait,
  lateError: () => Error,
  giveUp: (reason: Error) => void,
): () => void {
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const end = (reason: Error): void => {
    stop();
    giveUp(reason);
  };
  const onAbort = (): void => end(signal?.reason as Error);
  const timer = setTimeout(() => end(lateError()), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  return stop;
}
