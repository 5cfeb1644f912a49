import { describeSerfInterop } from './support/serf-suite.ts';

describeSerfInterop('two stock Serf agents, plain', undefined, {});
