import { encodeSerfTags } from './support/serf-messages.ts';
import { describeSerfInterop } from './support/serf-suite.ts';

const key = Buffer.alloc(32, 'a key for tests only').toString('base64');

describeSerfInterop('two stock Serf agents, encrypted', key, { meta: encodeSerfTags({ role: 'web', rack: 'r7' }) });
