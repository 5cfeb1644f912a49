export { metricCatalog, readMetrics } from './catalog.ts';
export { clusterMetricsMax, readClusterMetrics, type ReadableTelemetry } from './cluster-families.ts';
export type { MetricDefinition } from './definition.ts';
export { chooseFormat, contentTypes, formatMetrics, type ExpositionFormat } from './exposition.ts';
export {
  familyOf,
  labelValuesMax,
  overflowLabel,
  type MetricFamily,
  type MetricSample,
  type MetricType,
} from './family.ts';
export { registerMetrics, type PromClientRegistry } from './prom-client.ts';
