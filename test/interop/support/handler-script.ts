import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a line for everything it is called for, one for each member of a member event, and answers every query. */
const script = `#!/bin/sh
input=$(cat)
case "$SERF_EVENT" in
  user) echo "user $SERF_USER_EVENT: $input" >> "$1" ;;
  query)
    echo "query $SERF_QUERY_NAME: $input" >> "$1"
    echo "$SERF_SELF_NAME heard $input"
    ;;
  *) echo "$input" | cut -f 1 | sed "s/^/$SERF_EVENT /" >> "$1" ;;
esac
`;

/** Puts an event handler into the folder of an agent. Returns the flag that makes the agent call it for everything. */
export function installHandler(folder: string): string {
  const path = join(folder, 'handler.sh');
  writeFileSync(path, script, { mode: 0o755 });
  writeFileSync(logPath(folder), '');
  return `-event-handler=*=${path} ${logPath(folder)}`;
}

/** What the handler in that folder was called for, in order: the lines that begin with `start`. */
export function readHandled(folder: string, start: string): string[] {
  const lines = readFileSync(logPath(folder), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(start));
}

function logPath(folder: string): string {
  return join(folder, 'handled.txt');
}
