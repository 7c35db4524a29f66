/** Tells headings, running heads and text of a PDF apart, by the sizes of letters and by what stands on every page. */

import type { Section } from './document.ts';
import { paragraphsOf, type PdfParagraph, type PdfSegment } from './pdf-layout.ts';
import { NO_OUTLINE, type PdfOutline, titleKey } from './pdf-outline.ts';

type Page = readonly PdfSegment[];

/** Of the size of the text, letters of a heading are so much larger, and those of a title. */
const LEAST_HEADING = 1.15;
const LEAST_TITLE = 1.3;
const MAX_HEADING_LENGTH = 200;
const MAX_HEADING_LINES = 3;
const MAX_LEVELS = 6;
/** A line at the same place of so many pages is no part of their text. */
const LEAST_RUNNING = 3;
/** Base lines as near stand at the same place. */
const SAME_PLACE = 3;
/** Dots that lead to the number of a page: an entry of the contents. */
const LEADERS = /(?:\. ?){4}/;
const PAGE_NUMBER = /^[\s\p{P}]*(?:\d+|[ivxlc]+)[\s\p{P}]*$/iu;

/** Sections of all pages, each with the anchor of its own; text beyond `limit` is cut. What `outline` names are headings. */
export function sectionsOfPages(
  pages: readonly Page[],
  limit: number,
  outline: PdfOutline = NO_OUTLINE,
): Section[] {
  const isRunning = runningHeads(pages);
  const paragraphs = pages.map((page, i) => {
    const titles = outline.get(i + 1);
    return paragraphsOf(
      page.filter((segment) => !isRunning(segment, page)),
      ({ text }) => titles?.has(titleKey(text)) === true,
    );
  });
  const body = sizeOfText(paragraphs.flat());
  const levels = headingSizes(paragraphs.flat(), body);
  const sections: Section[] = [];
  let left = limit;
  paragraphs.forEach((page, i) => {
    const anchor = `page=${i + 1}`;
    let texts: string[] = [];
    const finish = (): void => {
      const text = texts.join('\n');
      if (text !== '') sections.push({ kind: 'text', text, level: 0, anchor });
      texts = [];
    };
    for (const paragraph of page) {
      const text = paragraph.text.slice(0, left);
      left -= text.length;
      if (text === '') break;
      const named = text.length > MAX_HEADING_LENGTH ? undefined : outline.get(i + 1)?.get(titleKey(text));
      if (named === undefined && !isHeading(paragraph, body)) {
        texts.push(text);
        continue;
      }
      finish();
      const place = levels.indexOf(roundedSize(paragraph));
      const level = named ?? (place < 0 ? MAX_LEVELS : place + 1);
      sections.push({ kind: 'heading', text, level, anchor });
    }
    finish();
  });
  return sections;
}

/** What stands in the largest letters of the first page, where they are larger than its text; else empty. */
export function titleOnFirstPage(pages: readonly Page[]): string {
  const [first = []] = pages;
  const paragraphs = paragraphsOf(first).filter(({ text }) => /\p{L}{2}/u.test(text));
  const body = sizeOfText(pages.slice(0, 20).flatMap((page) => paragraphsOf(page)));
  const largest = Math.max(0, ...paragraphs.map(({ size }) => size));
  const isAlone = paragraphs.every(({ size }) => size === largest);
  if (largest < body * LEAST_TITLE && !(isAlone && pages.length > 1)) return '';
  const title = paragraphs.find(({ size }) => size === largest)?.text ?? '';
  return title.length <= MAX_HEADING_LENGTH ? title : '';
}

function isHeading({ text, size, lines }: PdfParagraph, body: number): boolean {
  const isShort = text.length <= MAX_HEADING_LENGTH && lines <= MAX_HEADING_LINES;
  return isShort && size >= body * LEAST_HEADING && /\p{L}/u.test(text) && !LEADERS.test(text);
}

const roundedSize = ({ size }: { readonly size: number }): number => Math.round(size * 2) / 2;

/** The size in which most letters stand. */
function sizeOfText(paragraphs: readonly PdfParagraph[]): number {
  const letters = new Map<number, number>();
  let most = 0;
  for (const paragraph of paragraphs) {
    const size = roundedSize(paragraph);
    const count = (letters.get(size) ?? 0) + paragraph.text.length;
    letters.set(size, count);
    if (count > (letters.get(most) ?? 0)) most = size;
  }
  return most;
}

/** Sizes of headings, the largest first; as many as there are levels, for each may be met in every paragraph. */
function headingSizes(paragraphs: readonly PdfParagraph[], body: number): readonly number[] {
  const sizes = new Set(paragraphs.filter((paragraph) => isHeading(paragraph, body)).map(roundedSize));
  return [...sizes].sort((a, b) => b - a).slice(0, MAX_LEVELS);
}

/** Finds lines at the head or foot of a page that stand on others too, but for their numbers, and the numbers of pages. */
function runningHeads(pages: readonly Page[]): (segment: PdfSegment, page: Page) => boolean {
  const counts = new Map<string, number>();
  const edges = new Map(pages.map((page) => [page, edgesOf(page)] as const));
  for (const page of pages) {
    for (const key of new Set(edges.get(page)?.map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const running = new Map<Page, ReadonlySet<PdfSegment>>();
  for (const [page, segments] of edges) {
    const found = segments.filter(
      (segment) =>
        (counts.get(keyOf(segment)) ?? 0) >= LEAST_RUNNING ||
        (pages.length >= LEAST_RUNNING && PAGE_NUMBER.test(segment.text)),
    );
    running.set(page, new Set(found));
  }
  return (segment, page) => running.get(page)?.has(segment) === true;
}

/** The highest and the lowest line of a page. */
function edgesOf(page: Page): readonly PdfSegment[] {
  if (page.length === 0) return [];
  const heights = page.map(({ y }) => y);
  const [top, foot] = [Math.max(...heights), Math.min(...heights)];
  return page.filter(({ y }) => top - y <= SAME_PLACE || y - foot <= SAME_PLACE);
}

function keyOf({ text, y }: PdfSegment): string {
  return `${Math.round(y / SAME_PLACE)} ${text.replaceAll(/\d+/g, '#').trim()}`;
}
