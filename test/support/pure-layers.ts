/** Layers without clock, chance and input: what runs in virtual time, and may not import from Node. */
export const pureLayers: ReadonlySet<string> = new Set([
  'util',
  'wire',
  'swim',
  'serf',
  'kv',
  'telemetry',
  'inquiry',
  'views',
  'trace',
  'flags',
  'cluster',
  'sim',
]);
