/** Reads PDF: title, headings and text, page by page; links deep into it by `page=N`. */

import { messageOf, PeregrineError } from '../base/index.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import { inReadingOrder, type PdfSegment, segmentsOf } from './pdf-layout.ts';
import { pdfMetadata } from './pdf-metadata.ts';
import { outlineOf } from './pdf-outline.ts';
import { sectionsOfPages, titleOnFirstPage } from './pdf-sections.ts';
import { type FoundLink, MAX_LINKS, MAX_TEXT_LENGTH } from './text-blocks.ts';

const MAX_PAGES = 2000;
/** Pieces of text of a page: a drawing of letters is no text. */
const MAX_PIECES = 50_000;
/** Reads a PDF. Rejects with `PARSE_FAILED` for what is none, is damaged beyond reading, or needs a password. */
export async function readPdf(bytes: Uint8Array, url: string, now_ms: number): Promise<ExtractedContent> {
  // Loaded when the first PDF comes: it is the largest of the readers.
  const { getDocumentProxy } = await import('unpdf');
  let pdf: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    // A copy: the reader takes its input away.
    // It says nothing on the console: what can't be read stands in the warnings.
    pdf = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (error) {
    throw new PeregrineError('PARSE_FAILED', `The PDF can't be read: ${messageOf(error)}`, { url }, error);
  }
  try {
    const { info, metadata } = await pdf.getMetadata();
    const said = pdfMetadata(info, metadata, now_ms);
    const warnings: string[] = [];
    const pages: (readonly PdfSegment[])[] = [];
    const links: FoundLink[] = [];
    let length = 0;
    for (let number = 1; number <= pdf.numPages; number++) {
      if (number > MAX_PAGES || length >= MAX_TEXT_LENGTH) {
        warnings.push(`Only the first ${number - 1} of ${pdf.numPages} pages were read.`);
        break;
      }
      pages.push([]);
      try {
        const page = await pdf.getPage(number);
        const { items } = await page.getTextContent();
        if (items.length > MAX_PIECES) warnings.push(`Page ${number} has more pieces of text than are read.`);
        const segments = segmentsOf(items.slice(0, MAX_PIECES));
        length += segments.reduce((sum, { text }) => sum + text.length, 0);
        pages[number - 1] = inReadingOrder(segments);
        for (const annotation of (await page.getAnnotations()) as readonly { url?: unknown }[]) {
          if (typeof annotation.url !== 'string' || links.length >= MAX_LINKS) continue;
          links.push({ href: annotation.url, text: '', nofollow: false, inMenu: false, block: -1 });
        }
        page.cleanup();
      } catch (error) {
        warnings.push(`Page ${number} could not be read: ${messageOf(error)}`);
      }
    }
    return {
      ...NOTHING_EXTRACTED,
      title: said.title || titleOnFirstPage(pages),
      author: said.author,
      description: said.subject,
      declaredLanguage: said.language,
      published_ms: said.changed_ms,
      sections: sectionsOfPages(pages, MAX_TEXT_LENGTH, await outlineOf(pdf)),
      links: new LinkResolver(url, '').links(links, [], url),
      meta: said.keywords === '' ? {} : { keywords: said.keywords },
      warnings: warnings.slice(0, 20),
    };
  } finally {
    await pdf.loadingTask.destroy();
  }
}
