import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { bindTransports } from './bind.ts';
import { silentLogger } from './logger.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

test('port 0 finds one number for both protocols', async () => {
  const { address, udp, tcp } = await bindTransports(anyPort, silentLogger);
  expect(address.port).toBeGreaterThan(0);
  expect(tcp.port).toBe(address.port);
  await expect(bindTransports(address, silentLogger)).rejects.toMatchObject({ code: 'ERR_BIND' });
  await Promise.all([udp.close(), tcp.close()]);
});

test('a port that is taken is an error with the address and a remedy, and gives back what it had opened', async () => {
  const taken = createSocket('udp4');
  await new Promise<void>((resolve) => taken.bind(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: taken.address().port };
  await expect(bindTransports(address, silentLogger)).rejects.toMatchObject({
    code: 'ERR_BIND',
    message: expect.stringMatching(new RegExp(`UDP 127.0.0.1:${address.port}: EADDRINUSE, .*port 0`)),
    cause: expect.objectContaining({ code: 'EADDRINUSE' }),
  });
  taken.close();
  const { udp, tcp } = await bindTransports(address, silentLogger);
  await Promise.all([udp.close(), tcp.close()]);
});

test('an address that this host does not have is named as such', async () => {
  await expect(bindTransports({ host: '198.51.100.1', port: 0 }, silentLogger)).rejects.toMatchObject({
    code: 'ERR_BIND',
    message: expect.stringContaining('EADDRNOTAVAIL'),
  });
});
