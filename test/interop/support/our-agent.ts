import { onTestFailed, onTestFinished } from 'vitest';
import { captureIo, type CapturedIo } from '../../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../../packages/agent/src/cli/run-cli.ts';
import { eventually } from './eventually.ts';

/** Our agent, started as the command line starts it, in this process. It ends with the test at the latest. */
export class OurAgent {
  readonly name: string;
  readonly io: CapturedIo;
  /** Settles with the exit status when the agent has ended. */
  readonly ended: Promise<number>;
  /** `127.0.0.1:port` of gossip. */
  readonly address: string;
  readonly rpcAddress: string;

  private constructor(name: string, io: CapturedIo, ended: Promise<number>) {
    this.name = name;
    this.io = io;
    this.ended = ended;
    this.address = /Bind addr: '(.*)'/.exec(io.stdout)![1]!;
    this.rpcAddress = /RPC addr: '(.*)'/.exec(io.stdout)![1]!;
  }

  /** Resolves when it has started, and joined whom `flags` say. */
  static async start(name: string, flags: readonly string[] = []): Promise<OurAgent> {
    const io = captureIo();
    const args = ['-profile=local', '-log-level=debug', '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0', ...flags];
    const ended = runCli(['agent', `-node=${name}`, ...args], io);
    onTestFailed(() => console.log(`--- ${name}\n${io.stdout.split('\n').slice(-30).join('\n')}\n${io.stderr}`));
    onTestFinished(async () => {
      io.interrupt('SIGTERM');
      await ended;
    });
    await eventually(
      `${name} runs`,
      () => io.stdout + io.stderr,
      (text) => text.includes('Log data will now stream'),
    );
    return new OurAgent(name, io, ended);
  }
}
