import type { MdnsConfig } from './config.ts';
import type { ConfigKind } from './config-keys.ts';
import { parseDuration } from './durations.ts';

/** A value out of a file, or why it is none. */
export type DecodedValue =
  | { readonly ok: true; readonly value: unknown }
  /** `found` is what is wrong; `at` says where inside the value, like `[2]` or `.zone`, and is empty for the value itself. */
  | { readonly ok: false; readonly at: string; readonly found: unknown; readonly remedy: string };

/** A JSON value as a setting of that kind. Nothing is converted: `"5"` is no number, and a bare number is no time. */
export function decodeConfigValue(kind: ConfigKind, value: unknown): DecodedValue {
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? accept(value) : refuse(value, 'it must be a text in double quotes');
    case 'boolean':
      return typeof value === 'boolean' ? accept(value) : refuse(value, 'it must be true or false, without quotes');
    case 'number':
      return Number.isSafeInteger(value) ? accept(value) : refuse(value, 'it must be a whole number, without quotes');
    case 'time':
      return decodeTime(value);
    case 'texts':
      return decodeTexts(value);
    case 'tags':
      return decodeTags(value);
    case 'mdns':
      return decodeMdns(value);
  }
}

/** A value as an error shows it: JSON, cut when it is long. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function decodeTime(value: unknown): DecodedValue {
  const remedy = 'it must be a time in double quotes with its unit, like "10s", "1m30s" or "500ms"';
  if (typeof value !== 'string') return refuse(value, remedy);
  if (value === '') return accept(0); // nothing was said, as with every empty text
  const parsed = parseDuration(value);
  return parsed.ok ? accept(parsed.ms) : refuse(value, `${remedy} (${parsed.problem})`);
}

function decodeTexts(value: unknown): DecodedValue {
  if (!Array.isArray(value)) return refuse(value, 'it must be a list of texts, like ["a", "b"]');
  const wrong = value.findIndex((item) => typeof item !== 'string');
  if (wrong < 0) return accept(value);
  return refuse(value[wrong], 'it must be a text in double quotes', `[${wrong}]`);
}

function decodeTags(value: unknown): DecodedValue {
  if (!isObject(value)) return refuse(value, 'it must be an object of texts, like {"role": "web"}');
  const wrong = Object.entries(value).find(([, text]) => typeof text !== 'string');
  if (wrong === undefined) return accept(value);
  return refuse(wrong[1], 'it must be a text in double quotes', `.${wrong[0]}`);
}

function decodeMdns(value: unknown): DecodedValue {
  if (!isObject(value)) return refuse(value, 'it must be an object, like {"interface": "eth0"}');
  const kinds = { interface: 'text', disable_ipv4: 'boolean', disable_ipv6: 'boolean' } as const;
  const decoded = { interface: '', disable_ipv4: false, disable_ipv6: false };
  for (const [name, item] of Object.entries(value)) {
    const folded = name.toLowerCase();
    if (!Object.hasOwn(kinds, folded)) {
      return refuse(item, 'there is no such key; there are interface, disable_ipv4 and disable_ipv6', `.${name}`);
    }
    if (item === null) continue;
    const result = decodeConfigValue(kinds[folded as keyof typeof kinds], item);
    if (!result.ok) return { ...result, at: `.${name}` };
    Object.assign(decoded, { [folded]: result.value });
  }
  const mdns: MdnsConfig = {
    interface: decoded.interface,
    disableIpv4: decoded.disable_ipv4,
    disableIpv6: decoded.disable_ipv6,
  };
  return accept(mdns);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function accept(value: unknown): DecodedValue {
  return { ok: true, value };
}

function refuse(found: unknown, remedy: string, at: string = ''): DecodedValue {
  return { ok: false, at, found, remedy };
}
