/** Draws the plots of experiments as SVG: a light card, so that it can be read on a dark page too. */
import * as echarts from 'echarts';
import { figureText } from 'hearsay/sim';
import { placeLabels } from './plot-labels.mjs';

const width = 920;
const heightMin = 460;
const legendWidth = 285;
const legendGap = 8;
const legendColumns = 38;
/** Between the picture's edges and the axes. */
const margins = { left: 76, right: legendWidth + 30, top: 62, bottom: 64 };
/** Okabe and Ito's, which colour-blind readers tell apart. */
const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9', '#444444', '#7b3294'];
const ink = '#222222';
const faint = '#d9d9d9';
const font = 'Helvetica, Arial, sans-serif';

/** @param {import('hearsay/sim').Plot} plot @returns {string} */
export function drawPlot(plot) {
  const lineCount = plot.series.map(({ name }) => inLines(name).split('\n').length);
  const legendHeight = lineCount.reduce((sum, count) => sum + legendGap + count * 15, 0);
  const height = Math.max(heightMin, 80 + legendHeight);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const looks = looksOf(plot.series);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: font, color: ink },
    title: { text: plot.title, left: 20, top: 14, textStyle: { fontSize: 16, color: ink, fontFamily: font } },
    grid: margins,
    legend: {
      orient: 'vertical',
      left: width - legendWidth,
      top: 58,
      itemWidth: 22,
      itemHeight: 12,
      itemGap: legendGap,
      // Of a line without points no point is shown.
      data: plot.series.map((its) => ({ name: its.name, ...(!hasPoints(its) && { itemStyle: { opacity: 0 } }) })),
      formatter: inLines,
      textStyle: { fontSize: 12, lineHeight: 15, color: ink },
    },
    xAxis: axis(plot.x, plot.series, 'x', 34),
    yAxis: axis(plot.y, plot.series, 'y', 56),
    series: drawn(plot.series, looks),
  });
  // Where points are, and where axes begin, is known only now.
  const offsets = labelOffsets(plot.series, looks, chart, height);
  chart.setOption({
    yAxis: { name: yAxisName(plot.y, chart, height) },
    series: drawn(plot.series, looks, offsets),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${withOwnNames(svg)}\n`;
}

/** Names in the picture count on from the plots drawn before: the same plot is to be the same file. */
function withOwnNames(svg) {
  const classes = new Map();
  return svg.replaceAll(/\bzr\d+-/g, 'zr-').replaceAll(/\bzr-cls-\d+/g, (name) => {
    if (!classes.has(name)) classes.set(name, `zr-cls-${classes.size}`);
    return classes.get(name);
  });
}

/** A name of the legend, broken where it would not fit. */
function inLines(name) {
  return name.replaceAll(new RegExp(`(.{1,${legendColumns}})( |$)`, 'g'), (_, line) => `${line}\n`).trimEnd();
}

/**
 * Series of one subject, which their names say before the last comma, have one colour when they are of different kinds. Of
 * the same kind, points of ours have another symbol and all else another colour.
 */
function looksOf(series) {
  const known = [];
  return series.map(({ name, kind, style }, index) => {
    const subject = name.replace(/,[^,]*$/, '');
    const isSecond = series.slice(0, index).some((its) => its.kind === kind && its.name.startsWith(`${subject},`));
    const isOtherSymbol = isSecond && kind === 'ours' && style === 'points';
    const key = isSecond && !isOtherSymbol ? name : subject;
    if (!known.includes(key)) known.push(key);
    return {
      colour: palette[known.indexOf(key) % palette.length],
      symbol: kind === 'published' ? 'diamond' : isOtherSymbol ? 'triangle' : 'circle',
    };
  });
}

/** An axis that does not begin at 0 says so: the eye takes lengths for values. */
function yAxisName({ label, isLog }, chart, height) {
  if (isLog) return label;
  const [, from] = chart.convertFromPixel('grid', [margins.left, height - margins.bottom]);
  return Math.abs(from) < 1e-9 ? label : `${label} (the axis begins at ${tickText(from)})`;
}

/** By series: how far the label of each of its points is from it, in pixels. */
function labelOffsets(series, looks, chart, height) {
  const points = series.flatMap((its, index) =>
    its.points.map(({ x, y, label }) => {
      const [left, top] = chart.convertToPixel('grid', [x, y]);
      return { series: its, x: left, y: top, size: hasPoints(its) ? symbolSizes[looks[index].symbol] : 0, text: label };
    }),
  );
  const named = points.filter(({ text }) => text !== undefined);
  const area = { left: margins.left, right: width - legendWidth, top: 40, bottom: height - margins.bottom };
  const places = placeLabels(named, points, area);
  const ofNamed = new Map(named.map((point, index) => [point, [places[index].x - point.x, places[index].y - point.y]]));
  return new Map(
    series.map((its) => [its, points.filter((point) => point.series === its).map((point) => ofNamed.get(point))]),
  );
}

function axis({ label, isLog, min, max }, series, dimension, nameGap) {
  const bounds = isLog ? logBounds(series, dimension, min, max) : { min, max };
  const ticks = isLog ? shortLogTicks(bounds) : undefined;
  return {
    type: isLog ? 'log' : 'value',
    name: label,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { fontSize: 13, color: ink },
    scale: true,
    ...bounds,
    axisLine: { show: true, lineStyle: { color: ink } },
    axisTick: { show: true, ...(ticks && { customValues: ticks }) },
    axisLabel: {
      fontSize: 12,
      color: ink,
      formatter: tickText,
      hideOverlap: true,
      ...(ticks && { customValues: ticks }),
    },
    splitLine: { lineStyle: { color: faint } },
    minorTick: { show: isLog === true, splitNumber: 9 },
  };
}

/** The nearest 1, 2 or 5 times a power of ten around all points. */
function logBounds(series, dimension, min, max) {
  const values = series.flatMap(({ points }) => points.map((point) => point[dimension]));
  if (values.length === 0) return { min, max };
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    min: min ?? Math.max(...roundNumbers(least).filter((number) => number <= least * 1.000_001)),
    max: max ?? Math.min(...roundNumbers(most).filter((number) => number >= most * 0.999_999)),
  };
}

/** Where powers of ten alone would be too few: also 2 and 5 times them. */
function shortLogTicks({ min, max }) {
  if (min === undefined || max === undefined || max / min > shortLogRatio) return undefined;
  const powers = Array.from({ length: 6 }, (_, index) => 10 ** (Math.floor(Math.log10(min)) + index));
  const between = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick > min && tick < max);
  return [min, ...between, max];
}

const shortLogRatio = 500;

function roundNumbers(near) {
  const power = 10 ** Math.floor(Math.log10(near));
  return [0.5, 1, 2, 5, 10].map((factor) => factor * power);
}

function tickText(value) {
  if (value !== 0 && Math.abs(value) < 0.001) return `10${superscript(Math.round(Math.log10(value)))}`;
  return figureText(Number(value.toPrecision(6)));
}

function superscript(exponent) {
  return String(exponent).replaceAll(/./g, (digit) => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]));
}

const symbolSizes = { diamond: 14, circle: 7, triangle: 9 };

function drawn(series, looks, offsets) {
  return series.flatMap((its, index) => [
    line(its, looks[index], offsets?.get(its)),
    ...errorBars(its, looks[index].colour),
  ]);
}

/** Ours are full, published ones hollow and dashed, bounds are dotted. */
function line(series, { colour, symbol }, offsets = []) {
  const { name, kind, style, points } = series;
  const hasLine = style !== 'points';
  return {
    type: hasLine ? 'line' : 'scatter',
    name,
    data: points.map(({ x, y, label }, index) => ({
      value: [x, y],
      ...(label !== undefined && {
        label: { show: true, formatter: label, position: 'inside', offset: offsets[index], color: ink, fontSize: 11 },
      }),
    })),
    symbol: hasPoints(series) ? symbol : 'none',
    symbolSize: symbolSizes[symbol],
    symbolKeepAspect: true,
    showAllSymbol: true,
    clip: false,
    itemStyle:
      kind === 'published'
        ? { color: 'transparent', borderColor: colour, borderWidth: 2, opacity: 1 }
        : { color: colour, opacity: 1 },
    lineStyle: {
      color: colour,
      width: kind === 'bound' ? 1.5 : style === 'wide' ? 6 : 2,
      opacity: style === 'wide' ? 0.6 : 1,
      type: { ours: 'solid', published: 'dashed', bound: 'dotted' }[kind],
    },
    z: kind === 'ours' ? 3 : 4,
  };
}

function hasPoints({ kind, style }) {
  return kind !== 'bound' && style !== 'line' && style !== 'wide';
}

function errorBars({ points }, colour) {
  const data = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  if (data.length === 0) return [];
  return [
    {
      type: 'custom',
      silent: true,
      encode: { x: 0, y: [1, 2] },
      clip: false,
      data: data.map(({ x, low, high }) => [x, low, high]),
      renderItem: (_, api) => {
        const [x, top] = api.coord([api.value(0), api.value(2)]);
        const [, bottom] = api.coord([api.value(0), api.value(1)]);
        const stroke = (shape) => ({ type: 'line', shape, style: { stroke: colour, lineWidth: 1.5 } });
        return {
          type: 'group',
          children: [
            stroke({ x1: x, y1: top, x2: x, y2: bottom }),
            stroke({ x1: x - 4, y1: top, x2: x + 4, y2: top }),
            stroke({ x1: x - 4, y1: bottom, x2: x + 4, y2: bottom }),
          ],
        };
      },
    },
  ];
}
