/** Where the pieces of text of a PDF's page stand, and in which order somebody reads them. */

/** Text that stands on one line without a gap. */
export interface PdfSegment {
  readonly text: string;
  readonly x: number;
  /** Height of its base line above the foot of the page. */
  readonly y: number;
  readonly right: number;
  /** Of its letters. */
  readonly size: number;
}

/** A piece as the package hands it over. */
interface Piece {
  readonly str?: unknown;
  readonly transform?: unknown;
  readonly width?: unknown;
}

/** Gaps in sizes of letters: wider ones part segments; base lines as near are one. */
const WIDE_GAP = 2;
const SAME_LINE = 0.4;

/** The segments of a page, as they come in the file. */
export function segmentsOf(items: readonly object[]): PdfSegment[] {
  const segments: PdfSegment[] = [];
  let open: PdfSegment | undefined;
  let isParted = false;
  for (const { str, transform, width } of items as readonly Piece[]) {
    if (typeof str !== 'string' || str === '' || !Array.isArray(transform)) continue;
    const [, , c = 0, d = 0, x = 0, y = 0] = transform as number[];
    const size = Math.hypot(c, d);
    const wide = typeof width === 'number' ? width : 0;
    // White space may be as wide as the page.
    if (str.trim() === '' && wide > size * WIDE_GAP) {
      isParted = true;
      continue;
    }
    const right = x + wide;
    const continues =
      open !== undefined &&
      !isParted &&
      Math.abs(open.y - y) <= open.size * SAME_LINE &&
      Math.max(x - open.right, open.x - right) <= open.size * WIDE_GAP;
    isParted = false;
    if (continues && open !== undefined) {
      // A piece of white space has no size of its own.
      const larger = str.trim() === '' ? open.size : Math.max(open.size, size);
      open = {
        text: open.text + str,
        x: Math.min(open.x, x),
        y: open.y,
        right: Math.max(open.right, right),
        size: larger,
      };
      segments[segments.length - 1] = open;
    } else if (str.trim() !== '') {
      open = { text: str, x, y, right, size };
      segments.push(open);
    }
  }
  return segments;
}

/** Fewer segments are no columns. */
const LEAST_OF_COLUMN = 5;
/** Of the text's width, where the gutter may be. */
const FIRST_GUTTER = 0.3;
const LAST_GUTTER = 0.7;
const GUTTERS = 40;
/** Of all segments, so many may reach across: titles, figures. */
const MOST_ACROSS = 0.25;
/** Of its column's width, so much is filled by half of the lines of running text, which cells of a table are not. */
const LEAST_FILLED = 0.6;
/** Changes from column to column, for each line of the shorter one, from which on they come line by line. */
const LEAST_CHANGES = 0.5;

/** Segments in the order of reading: a page of two columns that comes line by line is read column by column. */
export function inReadingOrder(segments: readonly PdfSegment[]): readonly PdfSegment[] {
  const gutter = gutterOf(segments);
  if (gutter === undefined) return segments;
  const sideOf = ({ x, right }: PdfSegment): number => (right <= gutter ? 0 : x >= gutter ? 1 : 2);
  const ordered: PdfSegment[] = [];
  const columns: [PdfSegment[], PdfSegment[]] = [[], []];
  const finish = (): void => {
    for (const column of columns) ordered.push(...column.splice(0));
  };
  for (const segment of segments.toSorted((a, b) => b.y - a.y || a.x - b.x)) {
    const side = sideOf(segment);
    if (side < 2) columns[side === 0 ? 0 : 1].push(segment);
    else {
      // What reaches across ends the columns above it.
      finish();
      ordered.push(segment);
    }
  }
  finish();
  return ordered;
}

/** Where a page is parted into columns that don't come one after the other; undefined where it is not. */
function gutterOf(segments: readonly PdfSegment[]): number | undefined {
  const left = Math.min(...segments.map(({ x }) => x));
  const right = Math.max(...segments.map((segment) => segment.right));
  let best: number | undefined;
  let fewest = segments.length * MOST_ACROSS;
  for (let i = 0; i <= GUTTERS; i++) {
    const at = left + (right - left) * (FIRST_GUTTER + ((LAST_GUTTER - FIRST_GUTTER) * i) / GUTTERS);
    const across = segments.filter((segment) => segment.x < at && segment.right > at).length;
    if (across >= fewest) continue;
    fewest = across;
    best = at;
  }
  if (best === undefined) return undefined;
  const gutter = best;
  const sides = segments.flatMap((segment) =>
    segment.right <= gutter ? [0] : segment.x >= gutter ? [1] : [],
  );
  const shorter = Math.min(
    sides.filter((side) => side === 0).length,
    sides.filter((side) => side === 1).length,
  );
  const changes = sides.filter((side, i) => i > 0 && side !== sides[i - 1]).length;
  if (shorter < LEAST_OF_COLUMN || changes < shorter * LEAST_CHANGES) return undefined;
  const isFilled =
    medianWidth(segments.filter((segment) => segment.right <= gutter)) >= (gutter - left) * LEAST_FILLED &&
    medianWidth(segments.filter(({ x }) => x >= gutter)) >= (right - gutter) * LEAST_FILLED;
  return isFilled ? gutter : undefined;
}

function medianWidth(segments: readonly PdfSegment[]): number {
  const widths = segments.map(({ x, right }) => right - x).sort((a, b) => a - b);
  return widths[widths.length >> 1] ?? 0;
}

/** Lines that belong together, in letters of one size. */
export interface PdfParagraph {
  readonly text: string;
  readonly size: number;
  readonly lines: number;
}

/** Of the usual distance of base lines, and of the size of letters, a larger one parts paragraphs; sizes that differ by more part them too. */
const LEAST_PARTING = 1.35;
const LEAST_OPENING = 1.4;
const SIZE_STEP = 1.08;

/** Joins segments to paragraphs; a hyphen at the end of a line joins the word that it parts. What `standsAlone` is one. */
export function paragraphsOf(
  segments: readonly PdfSegment[],
  standsAlone: (segment: PdfSegment) => boolean = () => false,
): PdfParagraph[] {
  const usual = usualDistance(segments);
  const paragraphs: PdfParagraph[] = [];
  let text = '';
  let lines = 0;
  segments.forEach((segment, i) => {
    const before = segments[i - 1];
    const next = segments[i + 1];
    const isSameLine = before !== undefined && isOneLine(before, segment);
    if (before !== undefined && lines > 0) text += isSameLine ? ' ' : '\n';
    text += segment.text;
    if (!isSameLine) lines += 1;
    const isAlone = standsAlone(segment) || (next !== undefined && standsAlone(next));
    if (next !== undefined && !isAlone && !parts(segment, next, usual)) return;
    const said = text.replaceAll('\0', '').replaceAll(/(?<=\p{Ll})-\n(?=\p{Ll})/gu, '');
    paragraphs.push({ text: said.replaceAll(/\s+/gu, ' ').trim(), size: segment.size, lines });
    text = '';
    lines = 0;
  });
  return paragraphs.filter((paragraph) => paragraph.text !== '');
}

function isOneLine(a: PdfSegment, b: PdfSegment): boolean {
  return Math.abs(a.y - b.y) <= Math.max(a.size, b.size) * SAME_LINE;
}

function parts(a: PdfSegment, b: PdfSegment, usual: number): boolean {
  if (isOneLine(a, b)) return false;
  const down = a.y - b.y;
  const isOtherSize = Math.max(a.size, b.size) > Math.min(a.size, b.size) * SIZE_STEP;
  return isOtherSize || down > Math.max(usual * LEAST_PARTING, a.size * LEAST_OPENING) || down < 0;
}

/** Of base lines one below the other. */
function usualDistance(segments: readonly PdfSegment[]): number {
  const distances = segments
    .flatMap((segment, i) => {
      const next = segments[i + 1];
      const down = next === undefined ? 0 : segment.y - next.y;
      return down > segment.size * SAME_LINE && down < segment.size * 3 ? [down] : [];
    })
    .sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? Number.POSITIVE_INFINITY;
}
