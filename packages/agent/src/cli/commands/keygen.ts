import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { jsonOption } from '../options.ts';
import { json } from '../output.ts';

/** `hearsay keygen`: a new encryption key. */
export function keygenCommand({ io }: CommandContext): Command {
  const command = new Command('keygen')
    .summary('make an encryption key')
    .description('Make a random encryption key and print it in base64, as `hearsay agent` and `serf agent` take it.')
    .option('--bytes <length>', 'key length: 16, 24 or 32 bytes (AES-128, -192, -256)', keyLength, 32)
    .addOption(jsonOption())
    .action((options: { readonly bytes: number; readonly json?: boolean }) => {
      const key = randomBytes(options.bytes).toString('base64');
      io.out(options.json ? json({ schema: 'hearsay/keygen/1', bytes: options.bytes, key }) : `${key}\n`);
    });
  return addHelp(command, {
    examples: [
      ['hearsay keygen', 'a key for AES-256'],
      ['hearsay agent -encrypt="$(cat gossip.key)"', 'an agent that uses one'],
    ],
    exits: [ExitCode.ok, [ExitCode.failed, 'bad flag']],
  });
}

function keyLength(text: string): number {
  if (text === '16' || text === '24' || text === '32') return Number(text);
  throw new InvalidArgumentError('It must be 16, 24 or 32.');
}
