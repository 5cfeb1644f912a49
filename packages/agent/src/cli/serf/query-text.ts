import type { RpcQueryItem } from 'hearsay/client';
import { goJson, sortedKeys } from './go-json.ts';

/** The line above the answers. */
export function dispatchedText(name: string): string {
  return `Query '${name}' dispatched\n`;
}

/** One line for an answer, with the payload as the member sent it save one newline at its end. */
export function answerBytes({ type, from, payload }: RpcQueryItem): Uint8Array {
  if (type === 'ack') return Buffer.from(`Ack from '${from}'\n`);
  const bytes = payload ?? new Uint8Array();
  const shown = bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes;
  return Buffer.concat([Buffer.from(`Response from '${from}': `), shown, Buffer.of(NEWLINE)]);
}

/** The lines below the answers. */
export function totalsText(answers: readonly RpcQueryItem[], isAckAsked: boolean): string {
  const acks = answers.filter(({ type }) => type === 'ack').length;
  const total = `Total Responses: ${answers.length - acks}\n`;
  return isAckAsked ? `Total Acks: ${acks}\n${total}` : total;
}

/** `hearsay query -format=json`: of two responses of one member the later one. */
export function queryJson(answers: readonly RpcQueryItem[]): string {
  const acks = answers.filter(({ type }) => type === 'ack').map(({ from }) => from);
  const responses = answers.flatMap(({ type, from, payload }) =>
    type === 'response' ? [[from, Buffer.from(payload ?? []).toString()] as const] : [],
  );
  return goJson({ Acks: acks.length === 0 ? null : acks, Responses: sortedKeys(Object.fromEntries(responses)) });
}

/** `hearsay query --json`: answers in the order in which they came, with their bytes where text could not hold them. */
export function queryDocument(name: string, answers: readonly RpcQueryItem[]): object {
  return {
    schema: 'hearsay/query/1',
    name,
    acks: answers.filter(({ type }) => type === 'ack').map(({ from }) => from),
    responses: answers
      .filter(({ type }) => type === 'response')
      .map(({ from, payload }) => ({
        from,
        text: Buffer.from(payload ?? []).toString(),
        base64: Buffer.from(payload ?? []).toString('base64'),
      })),
  };
}

const NEWLINE = 0x0a;
