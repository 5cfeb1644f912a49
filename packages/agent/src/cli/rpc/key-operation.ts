import type { RpcClient, RpcKeysResponse } from 'hearsay/client';

/** What can be done with the keys of a pool. */
export type KeyOperation = 'list' | 'install' | 'use' | 'remove';

/** Does it on all members; for a list the key is left out. */
export function runKeyOperation(
  client: RpcClient,
  operation: KeyOperation,
  key: string = '',
): Promise<RpcKeysResponse> {
  switch (operation) {
    case 'list':
      return client.listKeys();
    case 'install':
      return client.installKey(key);
    case 'use':
      return client.useKey(key);
    case 'remove':
      return client.removeKey(key);
  }
}
