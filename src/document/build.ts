/** From what came in to what a batch needs: sniff, decode, extract, identify, fingerprint, encode, analyse. */

import { PeregrineError } from '../base/index.ts';
import { encodeAnalysedDocument, identifyLanguage, languageOfTag } from '../text/index.ts';
import { analyse } from './analyse.ts';
import { readBook } from './book.ts';
import { decodeText } from './charset.ts';
import { fingerprintOf } from './content-fingerprint.ts';
import { parseDate } from './dates.ts';
import type {
  BuiltDocument,
  DocumentKind,
  DocumentSource,
  RobotsDirectives,
  Section,
  StoredDocument,
} from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { readHtml } from './html.ts';
import { readJson } from './json.ts';
import { languageSample } from './language-sample.ts';
import { LinkResolver } from './link-resolver.ts';
import { readMail } from './mail.ts';
import { mainTextOf } from './main-text.ts';
import type { MarkupSource } from './markup-reader.ts';
import { readOpenDocument } from './open-document.ts';
import { readPdf } from './pdf.ts';
import { readPlainText } from './plain-text.ts';
import { readPresentation } from './presentation.ts';
import { relatedPages } from './related-pages.ts';
import { parseRobotsHeader, stricter } from './robots-directives.ts';
import { readRichText } from './rich-text.ts';
import { RICH_TEXT, sniffType, type SniffedType } from './sniff.ts';
import { withLanguages } from './section-languages.ts';
import { encodeTitleRecord } from './title-record.ts';
import { readSpreadsheet } from './spreadsheet.ts';
import { readWordDocument } from './word-document.ts';
import { readXml } from './xml.ts';

/** Bytes of a text document that are read and kept; the rest is cut with a warning. */
export const MAX_TEXT_BYTES = 16_777_216;
/** Bytes of a PDF, book or office document; a cut one can't be read, so a larger one is refused with `TOO_LARGE`. */
export const MAX_BINARY_BYTES = 67_108_864;
const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_TITLE_LENGTH = 300;
/** A server that says "changed just now" makes the page as it is asked. */
const LEAST_AGE_MS = 600_000;

export interface BuildOptions {
  /** What finds the tags of pages; for comparisons. Default: our own reader of markup. */
  readonly readMarkup?: MarkupSource | undefined;
}

/**
 * Builds a document. Pure: the same source gives the same result. Rejects with `UNSUPPORTED_TYPE` for kinds without
 * text, `PARSE_FAILED` for damaged ones, `TOO_LARGE`.
 */
export async function buildDocument(
  source: DocumentSource,
  options: BuildOptions = {},
): Promise<BuiltDocument> {
  const stored = await extractDocument(source, options);
  const { document, refreshTo } = stored;
  const warnings = [...document.warnings];
  let analysed: Uint8Array | undefined;
  let tokens = 0;
  if (!document.robots.noindex) {
    const analysis = analyse(document, undefined, true);
    if (analysis.isCut) warnings.push('The document has more words than are indexed.');
    tokens = analysis.tokens;
    if (tokens > 0) analysed = encodeAnalysedDocument(analysis.document);
  }
  return {
    url: document.url,
    titleRecord: encodeTitleRecord({ ...document, warnings }),
    analysed,
    title: document.title,
    language: document.language,
    canonical: document.canonical,
    robots: document.robots,
    links: document.links,
    related: relatedPages(document.meta),
    contentHash: document.contentHash,
    fingerprint: document.fingerprint,
    tokens,
    refreshTo,
    warnings,
  };
}

/** The document as it will be stored, before it is encoded. Same errors as {@link buildDocument}. */
export async function extractDocument(
  source: DocumentSource,
  options: BuildOptions = {},
): Promise<{ document: StoredDocument; refreshTo: string }> {
  const warnings: string[] = source.truncated === true ? ['The document was cut at the size limit.'] : [];
  const type = sniffType(source.bytes, source.headers['content-type'] ?? '', source.url);
  const { content, bytes, charset } = await readContent(source, type, warnings, options);
  warnings.push(...content.warnings);
  const robots = robotsOf(source, content);
  const title = titleOf(content, source.url);
  const mainText = mainTextOf(title, content.sections);
  const declaredLanguage = content.declaredLanguage || (source.headers['content-language'] ?? '');
  const language = await languageOf(title, content.sections, declaredLanguage);
  const document: StoredDocument = {
    url: source.url,
    canonical: content.canonical || canonicalHeader(source),
    kind: type.kind,
    contentType: type.contentType,
    charset,
    title,
    description: content.description.slice(0, MAX_DESCRIPTION_LENGTH),
    author: content.author,
    siteName: content.siteName,
    language,
    published_ms: content.published_ms || lastModified_ms(source),
    fetchedAt_ms: source.fetchedAt_ms,
    status: source.status,
    depth: source.depth,
    ip: source.ip ?? '',
    robots,
    sections: wellFormed(await withLanguages(content.sections, language)),
    links: content.links,
    meta: { ...content.meta, ...source.meta },
    ...fingerprintOf(mainText, source.url),
    raw: robots.noarchive ? new Uint8Array(0) : bytes,
    warnings,
  };
  return { document, refreshTo: content.refreshTo };
}

type BinaryReader = (
  bytes: Uint8Array,
  url: string,
  now_ms: number,
  contentType: string,
) => ExtractedContent | Promise<ExtractedContent>;

const isOpenDocument = (contentType: string): boolean => contentType.includes('opendocument');

/** Kinds that are no text, and what reads them. */
const BINARY_READERS: Partial<Readonly<Record<DocumentKind, BinaryReader>>> = {
  pdf: readPdf,
  document: (bytes, url, now_ms, contentType) => {
    if (contentType === RICH_TEXT) return readRichText(bytes, url, now_ms);
    return (isOpenDocument(contentType) ? readOpenDocument : readWordDocument)(bytes, url, now_ms);
  },
  spreadsheet: (bytes, url, now_ms, contentType) =>
    (isOpenDocument(contentType) ? readOpenDocument : readSpreadsheet)(bytes, url, now_ms),
  presentation: (bytes, url, now_ms, contentType) =>
    (isOpenDocument(contentType) ? readOpenDocument : readPresentation)(bytes, url, now_ms),
  book: readBook,
  mail: readMail,
};

async function readContent(
  source: DocumentSource,
  type: SniffedType,
  warnings: string[],
  options: BuildOptions,
): Promise<{ content: ExtractedContent; bytes: Uint8Array; charset: string }> {
  const { url, fetchedAt_ms } = source;
  const { kind, contentType } = type;
  if (kind === 'image' || kind === 'unknown') {
    throw new PeregrineError('UNSUPPORTED_TYPE', `Documents of type ${contentType} hold no text to index.`, {
      url,
      contentType,
    });
  }
  const readBinary = BINARY_READERS[kind];
  if (readBinary !== undefined) {
    if (source.bytes.length > MAX_BINARY_BYTES) {
      const facts = { url, limit: MAX_BINARY_BYTES };
      throw new PeregrineError(
        'TOO_LARGE',
        'The document is larger than documents of its kind may be.',
        facts,
      );
    }
    const content = await readBinary(source.bytes, url, fetchedAt_ms, contentType);
    return { content, bytes: source.bytes, charset: '' };
  }
  const isCut = source.bytes.length > MAX_TEXT_BYTES;
  const bytes = isCut ? source.bytes.subarray(0, MAX_TEXT_BYTES) : source.bytes;
  if (isCut) warnings.push(`Only the first ${MAX_TEXT_BYTES / 1_048_576} MiB of the document are kept.`);
  const syntax = kind === 'html' ? 'html' : kind === 'xml' || kind === 'feed' ? 'xml' : 'none';
  const decoded = await decodeText(bytes, { declared: type.charset, syntax });
  warnings.push(...decoded.warnings);
  const content = readText(decoded.text, source, type, options);
  return { content, bytes, charset: decoded.charset };
}

function readText(
  text: string,
  { url, fetchedAt_ms }: DocumentSource,
  type: SniffedType,
  { readMarkup }: BuildOptions,
): ExtractedContent {
  const { kind, contentType } = type;
  if (kind === 'html') return readHtml(text, url, fetchedAt_ms, readMarkup);
  if (kind === 'json') return readJson(text, url);
  if (kind === 'xml' || kind === 'feed') return readXml(text, url, fetchedAt_ms, kind);
  return readPlainText(text, url, contentType === 'text/markdown');
}

function robotsOf({ headers, fetchedAt_ms }: DocumentSource, content: ExtractedContent): RobotsDirectives {
  return stricter(content.robots, parseRobotsHeader(headers['x-robots-tag'] ?? '', fetchedAt_ms));
}

/** What the document calls itself, else its first heading, first line, file name. */
function titleOf({ title, sections }: ExtractedContent, url: string): string {
  if (title !== '') return title.slice(0, MAX_TITLE_LENGTH);
  const heading = sections.find(({ level }) => level === 1) ?? sections.find(({ level }) => level > 0);
  const first = sections.find(({ kind }) => kind !== 'menu') ?? sections[0];
  const line = (heading?.text ?? first?.text.split('\n', 1)[0] ?? '').trim();
  if (line !== '') return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
  const path = URL.parse(url)?.pathname.replace(/\/$/, '') ?? '';
  return path.slice(path.lastIndexOf('/') + 1) || (URL.parse(url)?.hostname ?? '');
}

/** By the running text; the declaration decides close calls, and stands alone where there is no text to tell. */
async function languageOf(title: string, sections: readonly Section[], declared: string): Promise<string> {
  const text = languageSample(title, sections);
  if (!/\p{L}/u.test(text)) return languageOfTag(declared)?.code ?? '';
  return identifyLanguage(text, declared);
}

function canonicalHeader({ headers, url }: DocumentSource): string {
  const link = /<([^>]{1,2048})>\s*;[^,]*\brel\s*=\s*"?canonical"?/i.exec(headers['link'] ?? '')?.[1] ?? '';
  return link === '' ? '' : new LinkResolver(url, '').resolve(link);
}

function lastModified_ms({ headers, fetchedAt_ms }: DocumentSource): number {
  const changed_ms = parseDate(headers['last-modified'] ?? '', fetchedAt_ms);
  return changed_ms <= fetchedAt_ms - LEAST_AGE_MS ? changed_ms : 0;
}

/** Lone surrogates can't be stored as UTF-8; they are replaced now so that the stored text is the analysed one. */
function wellFormed(sections: readonly Section[]): readonly Section[] {
  if (sections.every(({ text }) => text.isWellFormed())) return sections;
  return sections.map((section) => ({ ...section, text: section.text.toWellFormed() }));
}
