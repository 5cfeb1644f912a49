import { describeMixedPool } from './support/mixed-suite.ts';

describeMixedPool('three stock Serf agents and three of ours', undefined);
