import type { Io } from '../io.ts';
import { safeText } from '../output.ts';

/** Writes what members sent: as it came for a program, without what could move the cursor on a terminal. */
export function writeFromNetwork(io: Io, bytes: Uint8Array): void {
  if (io.terminal === undefined) return io.outBytes(bytes);
  const text = Buffer.from(bytes).toString();
  io.out(text.replace(/[^\n\t]+/g, safeText));
}
