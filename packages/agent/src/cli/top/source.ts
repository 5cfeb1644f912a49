import type { RpcClient } from 'hearsay/client';
import type { Io } from '../io.ts';
import type { AgentFlags } from '../rpc/agent-flags.ts';
import { connectAgent } from '../rpc/ask-agent.ts';
import type { Reading } from './document.ts';
import { stockStatuses } from './member-status.ts';

/** Reads an agent again and again over one connection, which is made anew when it is lost. */
export class TopSource {
  readonly #call: { readonly flags: AgentFlags; readonly io: Io };
  readonly #membersMax: number;
  #client: RpcClient | undefined;
  #isStock: boolean = false;

  constructor(call: { readonly flags: AgentFlags; readonly io: Io }, membersMax: number) {
    this.#call = call;
    this.#membersMax = membersMax;
  }

  /** After a failure the next reading begins with a new connection. */
  async read(): Promise<Reading> {
    try {
      this.#client ??= await connectAgent(this.#call);
      if (!this.#isStock) {
        const status = await this.#readStatus(this.#client);
        if (status !== undefined) return status;
        this.#isStock = true;
        this.#client = await connectAgent(this.#call);
      }
      return await readStock(this.#client);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#isStock = false;
  }

  /** Undefined when the agent is one of Serf, which ends the connection. */
  async #readStatus(client: RpcClient): Promise<Reading | undefined> {
    try {
      return { kind: 'hearsay', status: await client.status({ membersMax: this.#membersMax }) };
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'ERR_UNSUPPORTED') throw error;
      client.close();
      return undefined;
    }
  }
}

async function readStock(client: RpcClient): Promise<Reading> {
  const [stats, members] = await Promise.all([client.stats(), client.members()]);
  const ownName = stats['agent']?.['name'] ?? '';
  return { kind: 'serf', stats, members: await stockStatuses(client, ownName, members) };
}
