import { ClusterError, type ClusterErrorCode } from '../util/index.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads what an agent has sent as JSON; `what` names it in the error. */
export function decodeRpcJson<Document>(what: string, bytes: Uint8Array): Document {
  try {
    return JSON.parse(decoder.decode(bytes)) as Document;
  } catch (cause) {
    throw new ClusterError('ERR_RPC', `the ${what} of the agent cannot be read`, { cause });
  }
}

/** An error with the code that the agent gave it; that of an agent that does not know the command is told in `text`. */
export function inAgentsWords(text: string, error: unknown): unknown {
  const told = unsupportedAs(text, error);
  if (!(told instanceof ClusterError) || told.code !== 'ERR_RPC') return told;
  const { code = '' } = (told.cause ?? {}) as { readonly code?: string };
  return code === '' ? told : new ClusterError(code as ClusterErrorCode, told.message, { cause: told });
}

/** The error of a command that the agent does not know, told in `text`; any other error as it is. */
export function unsupportedAs(text: string, error: unknown): unknown {
  const isUnknown =
    error instanceof ClusterError && error.code === 'ERR_RPC' && error.message === 'Unsupported command';
  return isUnknown ? new ClusterError('ERR_UNSUPPORTED', text, { cause: error }) : error;
}
