import type { MetricFamily, MetricSample } from './family.ts';

/** The two text formats that Prometheus reads: its own of version 0.0.4, and OpenMetrics 1.0.0. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** What to answer with as `content-type`. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Families as text. Each name may be there once. */
export function formatMetrics(families: readonly MetricFamily[], format: ExpositionFormat): string {
  const isOpen = format === 'openmetrics';
  return families.map((family) => formatFamily(family, isOpen)).join('') + (isOpen ? '# EOF\n' : '');
}

/**
 * The format that a request's `accept` header likes best; Prometheus' own when it says nothing, or names neither
 * (RFC 9110, 12.5.1). Of OpenMetrics there is version 1.0.0 alone, which a request for none in particular gets too.
 */
export function chooseFormat(accept: string | undefined): ExpositionFormat {
  let [open, text] = [0, 0];
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameter = (name: string): string | undefined =>
      parameters
        .find((part) => part.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .replaceAll('"', '');
    const quality = Number(parameter('q') ?? 1);
    if (!(quality > 0)) continue;
    if (type === 'application/openmetrics-text') {
      if ((parameter('version') ?? '1.0.0') === '1.0.0') open = Math.max(open, quality);
    } else if (['text/plain', 'text/*', '*/*'].includes(type)) text = Math.max(text, quality);
  }
  return open > 0 && open >= text ? 'openmetrics' : 'prometheus';
}

function formatFamily({ name, type, unit, help, samples }: MetricFamily, isOpen: boolean): string {
  const total = type === 'counter' ? `${name}_total` : name;
  // OpenMetrics names a family of counters without the suffix of its samples.
  const titled = isOpen ? name : total;
  const lines = [`# HELP ${titled} ${escapeHelp(help, isOpen)}`, `# TYPE ${titled} ${type}`];
  if (isOpen && unit !== undefined) lines.push(`# UNIT ${titled} ${unit}`);
  for (const sample of samples) {
    lines.push(`${total}${sample.suffix ?? ''}${formatLabels(sample)} ${formatValue(sample.value)}`);
  }
  return `${lines.join('\n')}\n`;
}

function formatValue(value: number): string {
  return Math.abs(value) === Infinity ? `${value > 0 ? '+' : '-'}Inf` : String(value);
}

function formatLabels({ labels }: MetricSample): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeHelp(help: string, isOpen: boolean): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isOpen ? escaped.replaceAll('"', '\\"') : escaped;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
