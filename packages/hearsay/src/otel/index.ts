export { observeMetrics, type ObserveOptions } from './observe-metrics.ts';
