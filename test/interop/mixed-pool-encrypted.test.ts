import { describeMixedPool } from './support/mixed-suite.ts';

describeMixedPool(
  'three stock Serf agents and three of ours, encrypted',
  Buffer.alloc(32, 'first key').toString('base64'),
);
