import { onTestFinished } from 'vitest';
import { RpcServer, type RpcServerOptions } from '../../packages/agent/src/agent/rpc-server.ts';
import { ScriptedAgent } from './scripted-agent.ts';
import { ScriptedKv } from './scripted-kv.ts';

/** RPC of a scripted agent. */
export interface ScriptedServer {
  readonly server: RpcServer;
  readonly agent: ScriptedAgent;
  /** 0 when it does not listen on TCP. */
  readonly port: number;
}

/** Serves on a free port of this machine, unless `options` say otherwise, until the test is over. */
export async function startScriptedServer(options: Partial<RpcServerOptions> = {}): Promise<ScriptedServer> {
  const agent = new ScriptedAgent();
  const server = await RpcServer.start({
    api: agent,
    address: { host: '127.0.0.1', port: 0 },
    unixPath: undefined,
    authKey: '',
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, agent, port: server.address?.port ?? 0 };
}

/** The same with gossiped state; `keepsState` false: started without it. */
export async function startScriptedKv(
  keepsState: boolean = true,
): Promise<ScriptedServer & { readonly kv: ScriptedKv }> {
  const started = await startScriptedServer();
  const kv = new ScriptedKv();
  if (keepsState) started.agent.kv = kv;
  return { ...started, kv };
}
