/** Draws times by the number of documents, both logarithmic, a line a class. */

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 60;
const RIGHT = 130;
const TOP = 30;
const BOTTOM = 40;
const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#17becf', '#8c564b', '#e377c2'];
/** One class of each kind: seventeen lines can't be told apart. */
const SHOWN = ['TERM-H', 'TERM-M', 'AND2-HH', 'AND2-HL', 'OR2-HH', 'OR4-HHMM', 'PH2-HH', 'PH3'];

interface Point {
  readonly documents: number;
  readonly times_us: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

export function plotGrowth(points: readonly Point[]): string {
  const documents = points.map((point) => point.documents);
  const times = points.flatMap(({ times_us }) => SHOWN.map((name) => times_us.get(name)?.['top'] ?? 1));
  const x = scale(Math.min(...documents), Math.max(...documents), LEFT, WIDTH - RIGHT);
  const least = 10 ** Math.floor(Math.log10(Math.min(...times)));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...times)));
  const y = scale(least, most, HEIGHT - BOTTOM, TOP);
  const parts: string[] = [];
  for (let value = least; value <= most; value *= 10) {
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
      `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value} µs</text>`,
    );
  }
  for (const count of documents) {
    const label = count.toLocaleString('en');
    parts.push(`<text x="${x(count)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label}</text>`);
  }
  // Labels at the lines' ends, moved apart where they would meet.
  const last = points.at(-1);
  const ends = SHOWN.map((name, i) => ({ name, i, y: y(last?.times_us.get(name)?.['top'] ?? least) }));
  ends.sort((a, b) => a.y - b.y);
  let free = TOP;
  for (const end of ends) {
    const at = Math.max(free, end.y + 4);
    free = at + 14;
    const colour = COLOURS[end.i] ?? '#000';
    const line = points
      .map((point) => `${x(point.documents)},${y(point.times_us.get(end.name)?.['top'] ?? least)}`)
      .join(' ');
    parts.push(
      `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${WIDTH - RIGHT + 8}" y="${at}" fill="${colour}">${end.name}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Microseconds of a query by the number of documents</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

function scale(from: number, to: number, low: number, high: number): (value: number) => number {
  const span = Math.log(to / from) || 1;
  return (value) => Number((low + ((high - low) * Math.log(value / from)) / span).toFixed(1));
}
