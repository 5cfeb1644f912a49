import { Command } from 'commander';
import { expect, test } from 'vitest';
import { acceptGoFlags, takeFlagsFirst } from './flags.ts';

function program(): Command {
  const event = takeFlagsFirst(new Command('event'))
    .option('--coalesce', '', true)
    .option('--no-coalesce')
    .option('--rpc-addr <address>');
  const query = new Command('query').option('--no-ack').option('--node <name>').option('--verbose');
  return new Command('hearsay').addCommand(event).addCommand(query);
}

test.each([
  [
    ['query', '-node=a'],
    ['query', '--node=a'],
  ],
  [
    ['query', '-node', 'a', '-verbose'],
    ['query', '--node', 'a', '--verbose'],
  ],
  [
    ['query', '-node', '-verbose'],
    ['query', '--node', '-verbose'],
  ],
  [
    ['query', '-nosuch', '-h'],
    ['query', '-nosuch', '-h'],
  ],
  [
    ['query', '--', '-node=a'],
    ['query', '--', '-node=a'],
  ],
  [
    ['query', '-verbose=true', 'x'],
    ['query', '--verbose', 'x'],
  ],
  [
    ['query', '-verbose=0', 'x'],
    ['query', 'x'],
  ],
  [
    ['query', '-verbose=maybe', 'x'],
    ['query', '--verbose=maybe', 'x'],
  ],
  [
    ['query', '-no-ack', 'x'],
    ['query', '--no-ack', 'x'],
  ],
  [
    ['query', '-no-ack=T', 'x'],
    ['query', '--no-ack', 'x'],
  ],
  [
    ['query', '-no-ack=false', 'x'],
    ['query', 'x'],
  ],
  [
    ['event', '-coalesce=false', 'x'],
    ['event', '--no-coalesce', '--', 'x'],
  ],
  [
    ['event', '-coalesce', 'false'],
    ['event', '--coalesce', '--', 'false'],
  ],
  [
    ['event', '-rpc-addr', 'x', 'deploy', '-v'],
    ['event', '--rpc-addr', 'x', '--', 'deploy', '-v'],
  ],
  [
    ['query', 'x', '-node=a'],
    ['query', 'x', '--node=a'],
  ],
  [
    ['event', 'x', '-coalesce=false'],
    ['event', '--', 'x', '-coalesce=false'],
  ],
  [['-node=a'], ['-node=a']],
  [
    ['query', '-help'],
    ['query', '--help'],
  ],
])('%j is read as %j', (typed, read) => {
  expect(acceptGoFlags(program(), typed)).toEqual(read);
});
