import type {
  CompoundLayer,
  DissectedField,
  DissectedStruct,
  DissectFailure,
  Dissection,
  EncryptionLayer,
  LabelLayer,
  MessageLayer,
  Span,
} from 'hearsay/wire';
import { pad, safeText, type Look, type Paint } from '../output.ts';
import { failureTexts } from './failure-texts.ts';
import { bytesText, fieldText, shortHex } from './field-texts.ts';

/** A dissected packet or stream as an indented tree, with offset and length of everything on the left. */
export function renderText(
  dissection: Dissection,
  lengthBytes: number,
  channel: 'packet' | 'stream',
  paint: Paint,
): string {
  const writer = new TreeWriter(paint);
  writer.title(`${channel}, ${lengthBytes} ${lengthBytes === 1 ? 'byte' : 'bytes'}`);
  renderLayer(writer, dissection, 0);
  return writer.text;
}

/** Lines with two columns of numbers and an indented rest. */
class TreeWriter {
  text: string = '';
  readonly #paint: Paint;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  title(text: string): void {
    this.text += `${this.#paint(text, 'bold')}\n${this.#paint('offset  length', 'dim')}\n`;
  }

  line(span: Span, depth: number, head: string, rest: string, ...looks: readonly Look[]): void {
    const where = `${pad(String(span.offset), 6, 'left')}  ${pad(String(span.lengthBytes), 6, 'left')}`;
    const body = rest === '' ? this.#paint(head, ...looks) : `${this.#paint(head, ...looks)}  ${rest}`;
    this.text += `${this.#paint(where, 'dim')}  ${'  '.repeat(depth)}${body}\n`;
  }

  failure({ reason, offset }: DissectFailure, depth: number): void {
    const where = pad(String(offset), 6, 'left');
    const body = this.#paint(`✗ ${reason}: ${failureTexts[reason]}`, 'red', 'bold');
    this.text += `${this.#paint(where, 'dim')}          ${'  '.repeat(depth)}${body}\n`;
  }
}

function renderLayer(writer: TreeWriter, layer: Dissection, depth: number, number: string = ''): void {
  const head = (text: string): string => `${number}${text}`;
  switch (layer.layer) {
    case 'label':
      writer.line(layer, depth, head('label'), labelText(layer), 'cyan');
      return renderInside(writer, layer, layer.content, depth);
    case 'encryption':
      writer.line(layer, depth, head('encryption'), encryptionText(layer), 'cyan');
      return renderInside(writer, layer, layer.content, depth + 1);
    case 'checksum': {
      const { stated, computed } = layer;
      const verdict = stated === computed ? 'ok' : `BAD, the content has ${hex32(computed)}`;
      writer.line(layer, depth, head('checksum'), `CRC-32 ${hex32(stated)}, ${verdict}`, 'cyan');
      return renderInside(writer, layer, layer.content, depth);
    }
    case 'compression':
      writer.line(layer, depth, head('compression'), compressionText(layer), 'cyan');
      return renderInside(writer, layer, layer.content, depth + 1);
    case 'compound':
      return renderCompound(writer, layer, depth, number);
    case 'message':
      return renderMessage(writer, layer, depth, number);
    case 'unreadable':
      writer.line(
        layer,
        depth,
        head('unreadable'),
        layer.type === undefined ? '' : `starts with byte ${layer.type}`,
        'red',
      );
      return writer.failure(layer.failure, depth + 1);
  }
}

/** The failure of a layer, then what is in it. */
function renderInside(
  writer: TreeWriter,
  { failure }: { readonly failure?: DissectFailure },
  content: Dissection | undefined,
  depth: number,
): void {
  if (failure !== undefined) writer.failure(failure, depth + 1);
  if (content !== undefined) renderLayer(writer, content, depth);
}

function renderCompound(writer: TreeWriter, layer: CompoundLayer, depth: number, number: string): void {
  const { parts, announcedParts } = layer;
  const missing = parts.length < announcedParts ? `, ${announcedParts - parts.length} of them missing` : '';
  writer.line(layer, depth, `${number}compound`, `${announcedParts} parts${missing}`, 'cyan');
  parts.forEach((part, index) => renderLayer(writer, part, depth + 1, `[${index + 1}] `));
  if (layer.failure !== undefined) writer.failure(layer.failure, depth + 1);
}

function renderMessage(writer: TreeWriter, message: MessageLayer, depth: number, number: string): void {
  const { struct, entries = [], payload, trailingBytes, failure } = message;
  writer.line(message, depth, `${number}${message.name}`, `message type ${message.type}`, 'green', 'bold');
  if (struct !== undefined) renderFields(writer, struct, depth + 1);
  entries.forEach((entry, index) => {
    writer.line(entry, depth + 1, `node ${index + 1} of ${entries.length}`, '', 'green');
    renderFields(writer, entry, depth + 2);
  });
  if (payload !== undefined) {
    writer.line(payload, depth + 1, message.name === 'user' ? 'payload' : 'user state', bytesText(payload.bytes));
  }
  if (failure !== undefined) writer.failure(failure, depth + 1);
  if (trailingBytes !== undefined) {
    const span = { offset: message.offset + message.lengthBytes - trailingBytes, lengthBytes: trailingBytes };
    writer.line(span, depth + 1, 'trailing bytes', 'receivers ignore them', 'yellow');
  }
}

function renderFields(writer: TreeWriter, { fields }: DissectedStruct, depth: number): void {
  const width = Math.max(0, ...fields.map(({ name }) => name.length));
  for (const field of fields) {
    if (field.failure === undefined) {
      writer.line(field, depth, pad(safeText(field.name), width), fieldText(field), ...looksOf(field));
    } else {
      writer.line(field, depth, pad(safeText(field.name), width), `cannot be read (${field.failure})`, 'red');
    }
  }
}

function looksOf(field: DissectedField): Look[] {
  return field.isKnown ? [] : ['yellow'];
}

function labelText({ label, expected }: LabelLayer): string {
  const own = label === '' ? 'none' : `"${safeText(label)}"`;
  return expected === undefined ? own : `${own}, expected "${safeText(expected)}"`;
}

function encryptionText(layer: EncryptionLayer): string {
  const parts = [`version ${layer.version}`, `nonce ${shortHex(layer.nonce)}`];
  if (layer.keyIndex !== undefined) parts.push(`opened by key ${layer.keyIndex + 1}`);
  if (layer.paddingBytes !== undefined) parts.push(`${layer.paddingBytes} bytes of padding`);
  if (layer.plaintextBytes !== undefined) parts.push(`${layer.plaintextBytes} bytes inside:`);
  return parts.join(', ');
}

function compressionText({
  algorithm,
  compressedBytes,
  decompressedBytes,
}: Extract<Dissection, { layer: 'compression' }>): string {
  const name = algorithm === 0 ? 'LZW' : `algorithm ${algorithm}`;
  if (decompressedBytes === undefined) return `${name}, ${compressedBytes} bytes`;
  const percent = decompressedBytes === 0 ? '' : ` (${Math.round((compressedBytes / decompressedBytes) * 100)} %)`;
  return `${name}, ${compressedBytes} bytes stand for ${decompressedBytes}${percent}:`;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
