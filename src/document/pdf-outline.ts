/** The outline of a PDF: the titles of its parts, which are headings whatever letters they stand in. */

/** Levels by the titles, as {@link titleKey} has them, by numbers of pages from 1. */
export type PdfOutline = ReadonlyMap<number, ReadonlyMap<string, number>>;

export const NO_OUTLINE: PdfOutline = new Map();

const MAX_TITLES = 2000;
const MAX_LEVEL = 6;

/** What is needed of a document of the package. */
interface OutlinedPdf {
  getOutline(): Promise<readonly object[] | null>;
  getDestination(name: string): Promise<readonly unknown[] | null>;
  getPageIndex(reference: { num: number; gen: number }): Promise<number>;
}

interface OutlineItem {
  readonly title?: unknown;
  readonly dest?: unknown;
  readonly items?: unknown;
}

/** The outline of `pdf`, as far as it can be read: it only says what its pages say themselves. */
export async function outlineOf(pdf: OutlinedPdf): Promise<PdfOutline> {
  const outline = new Map<number, Map<string, number>>();
  const pages = new Map<string, number>();
  let left = MAX_TITLES;
  const note = async (items: readonly OutlineItem[], level: number): Promise<void> => {
    for (const { title, dest, items: parts } of items) {
      if (left <= 0) return;
      left -= 1;
      const page = await pageOf(pdf, dest, pages);
      const key = typeof title === 'string' ? titleKey(title) : '';
      if (page !== undefined && key !== '') {
        const titles = outline.get(page) ?? new Map<string, number>();
        if (!titles.has(key)) titles.set(key, level);
        outline.set(page, titles);
      }
      if (Array.isArray(parts) && level < MAX_LEVEL) await note(parts as readonly OutlineItem[], level + 1);
    }
  };
  try {
    await note((await pdf.getOutline()) ?? [], 1);
  } catch {
    // A damaged one tells what was read of it so far.
  }
  return outline;
}

/** A title by its letters and digits, without the number of its part: `1.2 On Flight` and `On flight` are one. */
export function titleKey(title: string): string {
  const letters = title
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '');
  return letters.replace(/^\d+(?=\p{L})/u, '');
}

/** Number of the page to which a title leads, from 1; undefined where that is not in the document. */
async function pageOf(
  pdf: OutlinedPdf,
  destination: unknown,
  pages: Map<string, number>,
): Promise<number | undefined> {
  const place = typeof destination === 'string' ? await pdf.getDestination(destination) : destination;
  const target: unknown = Array.isArray(place) ? place[0] : undefined;
  if (typeof target === 'number') return target + 1;
  if (!isReference(target)) return undefined;
  const key = `${target.num} ${target.gen}`;
  let page = pages.get(key);
  if (page === undefined) {
    page = (await pdf.getPageIndex(target)) + 1;
    pages.set(key, page);
  }
  return page;
}

function isReference(value: unknown): value is { num: number; gen: number } {
  if (typeof value !== 'object' || value === null) return false;
  const { num, gen } = value as { num?: unknown; gen?: unknown };
  return typeof num === 'number' && typeof gen === 'number';
}
