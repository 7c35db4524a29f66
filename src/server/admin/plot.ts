/** Numbers over time as inline SVG: lines or a stack of areas, with what a reader of the page hears in words. */

import { html, type Html, type HtmlValue } from '../html.ts';

export interface PlotSeries {
  readonly name: string;
  /** Undefined where nothing was measured: the line has a gap. */
  readonly values: readonly (number | undefined)[];
}

export interface PlotParts {
  readonly title: string;
  /** Times of the values, ms since 1970, ascending. */
  readonly times_ms: readonly number[];
  /** At most four. */
  readonly series: readonly PlotSeries[];
  /** How a value is written, e.g. `12 MB`. */
  readonly format: (value: number) => string;
  readonly from_ms: number;
  readonly to_ms: number;
  /** Samples far apart have nothing between them; default true. */
  readonly hasGaps?: boolean;
  /** Areas on top of one another instead of lines beside one another. */
  readonly isStacked?: boolean;
}

const WIDTH = 320;
const HEIGHT = 96;
/** Room above for the highest value's stroke. */
const TOP = 4;
/** Two samples further apart than this part of the plot have a gap between them. */
const GAP = 0.04;
/** And at least this: samples come every ten seconds, later when the machine is busy. */
const GAP_LEAST_MS = 45_000;

export function plot(parts: PlotParts): Html {
  const { title, times_ms, series, format, from_ms, to_ms, isStacked = false, hasGaps = true } = parts;
  const shown = isStacked ? stacked(series) : series;
  const highest = niceCeiling(
    Math.max(0, ...shown.flatMap(({ values }) => values.map((value) => value ?? 0))),
  );
  const x = (at_ms: number): number => ((at_ms - from_ms) / Math.max(1, to_ms - from_ms)) * WIDTH;
  const y = (value: number): number => HEIGHT - (value / highest) * (HEIGHT - TOP);
  const legend = series.map(({ name, values }, n) => {
    const now = values.findLast((value) => value !== undefined);
    return html`<li class="s${n + 1}">
      <span>${name}</span> <b>${now === undefined ? '–' : format(now)}</b>
    </li>`;
  });
  const drawn = shown.map(({ values }, n) =>
    strokes(values, { times_ms, x, y, span_ms: hasGaps ? to_ms - from_ms : Infinity }).map((points) =>
      stretch(points, n + 1, isStacked),
    ),
  );
  return html`<figure class="plot">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${spoken(parts)}">
      <path class="grid" d="M0 ${TOP}H${WIDTH}M0 ${(HEIGHT + TOP) / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}" />
      ${isStacked ? drawn.toReversed() : drawn}
    </svg>
    <p class="scale"><span>${timeWords(from_ms, to_ms)}</span><span>top ${format(highest)}</span></p>
    <ul class="legend">
      ${legend}
    </ul>
  </figure>`;
}

interface Place {
  readonly times_ms: readonly number[];
  readonly span_ms: number;
  readonly x: (at_ms: number) => number;
  readonly y: (value: number) => number;
}

type Point = readonly [x: number, y: number];

/** The points of each stretch without a gap. */
function strokes(
  values: PlotSeries['values'],
  { times_ms, span_ms, x, y }: Place,
): readonly (readonly Point[])[] {
  const stretches: Point[][] = [];
  let last_ms = 0;
  for (const [n, at_ms] of times_ms.entries()) {
    const value = values[n];
    if (value === undefined) continue;
    const isApart = at_ms - last_ms > Math.max(span_ms * GAP, GAP_LEAST_MS);
    if (stretches.length === 0 || isApart) stretches.push([]);
    last_ms = at_ms;
    stretches.at(-1)?.push([round(x(at_ms)), round(y(value))]);
  }
  return stretches;
}

function stretch(points: readonly Point[], n: number, isFilled: boolean): HtmlValue {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  const line = `M${points.map(([px, py]) => `${px} ${py}`).join('L')}`;
  // A single sample is a short dash: a line of no length would not be seen.
  const whole = points.length === 1 ? `${line}h2` : line;
  return html`<path class="area s${n} ${isFilled ? 'full' : ''}" d="${whole}V${HEIGHT}H${first[0]}Z" /><path
      class="line s${n}"
      d="${whole}"
    />`;
}

function stacked(series: readonly PlotSeries[]): readonly PlotSeries[] {
  return series.map((one, n) => ({
    name: one.name,
    values: one.values.map((value, at) =>
      value === undefined
        ? undefined
        : series.slice(0, n + 1).reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  }));
}

/** What the picture says to who can't see it. */
function spoken({ title, series, format }: PlotParts): string {
  const said = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0) return `${name}: nothing measured`;
    const now = known.at(-1) ?? 0;
    return `${name}: ${format(now)} now, from ${format(Math.min(...known))} to ${format(Math.max(...known))}`;
  });
  return `${title}. ${said.join('; ')}.`;
}

/** 1, 2 or 5 times a power of ten, at or above `value`: scales that don't jump with every sample. */
function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((one) => one * power >= value) ?? 10;
  return factor * power;
}

function timeWords(from_ms: number, to_ms: number): string {
  const minutes = Math.round((to_ms - from_ms) / 60_000);
  const hours = Math.round(minutes / 60);
  if (minutes <= 1) return 'last minute';
  return minutes < 59
    ? `last ${minutes} minutes`
    : hours <= 1
      ? 'last hour'
      : hours <= 48
        ? `last ${hours} hours`
        : `last ${Math.round(hours / 24)} days`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
