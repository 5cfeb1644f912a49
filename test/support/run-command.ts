import { captureIo, type CapturedIoOptions } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';

/** What a command line came to. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, against the agent whose RPC server is at `address`. */
export async function runCommand(
  address: string,
  args: readonly string[],
  options: CapturedIoOptions = {},
): Promise<Finished> {
  const io = captureIo({ ...options, env: { HEARSAY_RPC_ADDR: address, ...options.env } });
  const code = await runCli(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}
