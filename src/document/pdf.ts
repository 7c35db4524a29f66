/** Reads PDF: title and text, page by page; links deep into it by `page=N`. */

import { messageOf, PeregrineError } from '../base/index.ts';
import { parseDate } from './dates.ts';
import type { Section } from './document.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import { collapseSpaces, type FoundLink, MAX_LINKS, MAX_TEXT_LENGTH } from './text-blocks.ts';

const MAX_PAGES = 2000;
const MAX_TITLE_LENGTH = 300;

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
    const info = (await pdf.getMetadata()).info as Readonly<Record<string, unknown>>;
    const said = (name: string): string => {
      const value = info[name];
      return typeof value === 'string' ? collapseSpaces(value).slice(0, MAX_TITLE_LENGTH) : '';
    };
    const warnings: string[] = [];
    const sections: Section[] = [];
    const links: FoundLink[] = [];
    let length = 0;
    for (let number = 1; number <= pdf.numPages; number++) {
      if (number > MAX_PAGES || length >= MAX_TEXT_LENGTH) {
        warnings.push(`Only the first ${number - 1} of ${pdf.numPages} pages were read.`);
        break;
      }
      try {
        const page = await pdf.getPage(number);
        const text = linesOf((await page.getTextContent()).items).slice(0, MAX_TEXT_LENGTH - length);
        length += text.length;
        if (text !== '') sections.push({ kind: 'text', text, level: 0, anchor: `page=${number}` });
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
      title: said('Title'),
      author: said('Author'),
      description: said('Subject'),
      published_ms: parseDate(isoDate(said('ModDate') || said('CreationDate')), now_ms),
      sections,
      links: new LinkResolver(url, '').links(links, [], url),
      meta: said('Keywords') === '' ? {} : { keywords: said('Keywords') },
      warnings: warnings.slice(0, 20),
    };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

/** Lines of a page; a hyphen at the end of a line joins the word that it parts. */
function linesOf(items: readonly object[]): string {
  let text = '';
  for (const item of items as readonly { str?: unknown; hasEOL?: unknown }[]) {
    if (typeof item.str === 'string') text += item.str;
    if (item.hasEOL === true) text += '\n';
  }
  return collapseSpaces(text.replaceAll('\0', '').replaceAll(/(?<=\p{Ll})-\n(?=\p{Ll})/gu, ''));
}

/** `D:20240102030405+01'00'` to ISO 8601. */
function isoDate(date: string): string {
  const match = /^D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-]\d{2})'?(\d{2})?)?/.exec(date);
  if (match === null) return '';
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    zone,
    zoneMinute = '00',
  ] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${zone === undefined ? 'Z' : `${zone}:${zoneMinute}`}`;
}
