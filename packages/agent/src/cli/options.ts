import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../agent/durations.ts';
import { CliError } from './exit-codes.ts';

/** A whole number between `min` and `max`. Made for commander, which puts the flag's name in front of the message. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A share: `0.1` or `10%`, from 0 up to `max`. */
export function share(max: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
    const value = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
    if (!(value >= 0 && value <= max)) {
      throw new InvalidArgumentError(`It must be a share from 0 to ${max}, like 0.1 or 10%.`);
    }
    return value;
  };
}

/** A span in Go's spelling, as Serf's flags take it: `500ms`, `10s`, `1m30s`. In milliseconds. */
export function durationMs(minMs: number): (text: string) => number {
  return (text) => {
    const parsed = parseDuration(text);
    if (!parsed.ok || parsed.ms < minMs) {
      throw new InvalidArgumentError(`It must be a time of at least ${minMs}ms, like 500ms, 10s or 1m30s.`);
    }
    return parsed.ms;
  };
}

const waitMaxMs = 60_000;

/** How long an agent waits for other members: a span of at most a minute, in milliseconds. */
export function waitMs(text: string): number {
  const ms = durationMs(1)(text);
  if (ms > waitMaxMs) throw new InvalidArgumentError('Others are waited for 1m at most.');
  return ms;
}

/** A flag for such a span, with its default as people type it. */
export function durationOption(flags: string, description: string, defaultText: string, minMs: number = 1): Option {
  const parse = durationMs(minMs);
  return new Option(flags, description).argParser(parse).default(parse(defaultText), defaultText);
}

const KEY_LENGTHS: readonly number[] = [16, 24, 32];

/**
 * An encryption key in base64, as `hearsay keygen` and `serf keygen` print it. The errors name `flag` and never repeat
 * the key, for they end up in logs.
 */
export function base64Key(flag: string): (text: string) => Uint8Array {
  return (text) => {
    const key = decodeBase64(text);
    if (key === undefined) throw new CliError(`${flag}: not a key in base64, as \`hearsay keygen\` prints it`);
    return checkedKey(key, flag);
  };
}

/** An encryption key in base64 or, for what comes out of a test or a packet capture, in hex. */
export function base64OrHexKey(flag: string): (text: string) => Uint8Array {
  return (text) => {
    const hex = decodeHex(text);
    if (hex !== undefined && KEY_LENGTHS.includes(hex.length)) return hex;
    const key = decodeBase64(text) ?? hex;
    if (key === undefined) throw new CliError(`${flag}: not a key in base64 or hex`);
    return checkedKey(key, flag);
  };
}

function checkedKey(key: Uint8Array, flag: string): Uint8Array {
  if (KEY_LENGTHS.includes(key.length)) return key;
  throw new CliError(`${flag}: the key is ${key.length} bytes long; it must be 16, 24 or 32`);
}

function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64').replaceAll('=', '') === text.replaceAll('=', '')
    ? new Uint8Array(bytes)
    : undefined;
}

/** Bytes out of hex digits, whitespace and colons between them ignored; undefined when it is not hex. */
export function decodeHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, '').replace(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** A cluster's label: its UTF-8 length fits the wire's one length byte. */
export function clusterLabel(text: string): string {
  const lengthBytes = Buffer.byteLength(text);
  if (lengthBytes > 255) throw new InvalidArgumentError(`It is ${lengthBytes} bytes long; the limit is 255.`);
  return text;
}

/** For a flag that may be given several times. */
export function collect<T>(parse: (text: string) => T): (text: string, sofar: readonly T[] | undefined) => T[] {
  return (text, sofar) => [...(sofar ?? []), parse(text)];
}

/** `--json`, the same for all commands that print data. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document and nothing else on standard output');
}
