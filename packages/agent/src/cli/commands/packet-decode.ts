import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { base64OrHexKey, clusterLabel, collect, decodeHex, jsonOption } from '../options.ts';
import { json, paintFor } from '../output.ts';

interface DecodeFlags {
  readonly file?: string;
  readonly key?: readonly Uint8Array[];
  readonly label?: string;
  readonly stream?: boolean;
  readonly json?: boolean;
}

/** `hearsay packet decode`: a dissector for people. */
export function packetDecodeCommand(context: CommandContext): Command {
  const command = new Command('decode')
    .summary('take a packet or a stream apart, layer by layer')
    .description('Take a memberlist packet or stream apart: every layer and every message with all its fields.')
    .argument('[hex...]', 'the bytes in hex; spaces and colons do not matter. Default: standard input')
    .option('--file <path>', 'read the bytes from a file, raw or in hex; - is standard input')
    .option(
      '--key <key>',
      'encryption key in base64 or hex; may be given several times',
      collect(base64OrHexKey('--key')),
    )
    .option('--label <label>', 'the label expected; default: whatever the packet says', clusterLabel)
    .option('--stream', 'the bytes are what one side of a TCP connection sent, not a UDP packet')
    .addOption(jsonOption())
    .action((hex: readonly string[], flags: DecodeFlags) => decode(hex, flags, context));
  return addHelp(command, {
    notes: [
      'Offsets count from the first byte of the packet; inside an encrypted or compressed layer they',
      'count from the first byte of what came out of it. With several keys the one that opened the',
      'packet is named by its place on the command line. A side of a stream that answers sends no',
      'label header, yet its label is part of the encryption: give it with --label.',
      '',
      'With --json the document has the schema hearsay/packet-decode/1: `ok`; `failures`, each with',
      '`layer`, `reason`, `offset` and `text`; and `dissection`, a tree. Every layer in it has `layer`',
      '(label, encryption, checksum, compression, compound, message or unreadable), `offset`,',
      '`lengthBytes`, `failure` if it has one, and what is in it as `content`, a compound as `parts`.',
      'A message has `type`, `name`, `struct.fields` (each with `name`, `value`, `offset`,',
      '`lengthBytes`, `isKnown`, and `means` where the value stands for something), and where they',
      'apply `entries`, `payload` and `trailingBytes`. Byte strings are hex.',
    ].join('\n'),
    examples: [
      ['hearsay packet decode 0085a44e6f6465a66e6f64652d62a55365714e6f2a…', 'a packet from a log'],
      ['hearsay packet decode --key "$(cat gossip.key)" --file packet.bin', 'an encrypted one from a capture'],
      ['hearsay packet decode --stream --file side-a.bin --json', 'what one side of a TCP connection sent'],
    ],
    exits: [
      ExitCode.ok,
      [ExitCode.failed, 'bad flag or key, the input cannot be read or is not hex'],
      [ExitCode.answerIsNo, 'malformed: the output names the layer and the reason'],
    ],
  });
}

async function decode(hex: readonly string[], flags: DecodeFlags, { io, setExitCode }: CommandContext): Promise<void> {
  const bytes = await readBytes(hex, flags.file, io);
  const { dissectionFailures, dissectPacket, dissectStream } = await import('hearsay/wire');
  const { aead } = await import('../packet/aead.ts');
  const dissect = flags.stream === true ? dissectStream : dissectPacket;
  const channel = flags.stream === true ? 'stream' : 'packet';
  const dissection = dissect(bytes, {
    aead,
    keys: flags.key ?? [],
    ...(flags.label === undefined ? {} : { label: flags.label }),
  });
  const failures = dissectionFailures(dissection);
  if (failures.length > 0) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) {
    const { toJsonDocument } = await import('../packet/render-json.ts');
    return io.out(json(toJsonDocument(dissection, bytes.length, channel)));
  }
  const { renderText } = await import('../packet/render-text.ts');
  io.out(renderText(dissection, bytes.length, channel, paintFor(io)));
  if (mayBeEncrypted(bytes, failures.length > 0, flags)) {
    io.out('Hint: the first byte and the length are those of an encrypted packet. Give its key with --key.\n');
  }
}

/** A sealed packet has no mark of its own: its version byte looks like a ping, or an indirect ping, that is broken. */
function mayBeEncrypted(bytes: Uint8Array, isMalformed: boolean, flags: DecodeFlags): boolean {
  const first = bytes[0] === 244 ? bytes[2 + (bytes[1] ?? 0)] : bytes[0];
  const isSealed = bytes.length >= 29 && (first === 0 || first === 1);
  return isMalformed && isSealed && flags.key === undefined && flags.stream !== true;
}

async function readBytes(hex: readonly string[], file: string | undefined, io: Io): Promise<Uint8Array> {
  if (hex.length > 0) {
    if (file !== undefined) throw new CliError('give the bytes in hex or with --file, not both');
    const bytes = decodeHex(hex.join(''));
    if (bytes === undefined) throw new CliError(`not hex, or an odd number of digits: ${hex.join(' ').slice(0, 60)}`);
    return bytes;
  }
  const read = file === undefined || file === '-' ? await io.readInput() : await readFileOf(file);
  if (read === undefined) throw new CliError('give the bytes in hex, with --file, or on standard input');
  return rawOrHex(read);
}

async function readFileOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError((error as Error).message, ExitCode.failed, { cause: error });
  }
}

/** No packet starts with the code of a hex digit: a file that holds nothing else is hex. */
function rawOrHex(read: Uint8Array): Uint8Array {
  const text = Buffer.from(read).toString('latin1');
  return text.trim() === '' ? read : (decodeHex(text) ?? read);
}
