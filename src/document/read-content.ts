/** What a document says, by the reader of its kind. */

import { PeregrineError } from '../base/index.ts';
import { decodeText } from './charset.ts';
import type { DocumentKind, DocumentSource } from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { type HtmlOptions, readHtml } from './html.ts';
import { InnerFiles } from './inner-files.ts';
import { readJson } from './json.ts';
import { readPlainText } from './plain-text.ts';
import { RICH_TEXT, sniffType, type SniffedType } from './sniff.ts';
import { readXml } from './xml.ts';

/** Bytes of a text document that are read and kept; the rest is cut with a warning. */
export const MAX_TEXT_BYTES = 16_777_216;
/** Bytes of a PDF, book or office document; a cut one can't be read, so a larger one is refused with `TOO_LARGE`. */
const MAX_BINARY_BYTES = 67_108_864;

/**
 * What pages are read with: for comparisons another reader of tags; what pages of the site repeat, as other documents of it
 * had it in their `edges`.
 */
export type ReadOptions = HtmlOptions;

export interface ReadContent {
  readonly content: ExtractedContent;
  /** Those that were read. */
  readonly bytes: Uint8Array;
  /** Of a text, the encoding; else empty. */
  readonly charset: string;
}

type Source = Pick<DocumentSource, 'url' | 'bytes' | 'fetchedAt_ms'>;

type BinaryReader = (
  bytes: Uint8Array,
  url: string,
  now_ms: number,
  contentType: string,
  inner: InnerFiles,
) => Promise<ExtractedContent>;

/** Loaded when the first document of its kind comes: most processes meet nothing but pages. */
const openDocument: BinaryReader = async (bytes, url, now_ms) =>
  (await import('./open-document.ts')).readOpenDocument(bytes, url, now_ms);

const isOpenDocument = (contentType: string): boolean => contentType.includes('opendocument');

/** Kinds that are no text, and what reads them. */
const BINARY_READERS: Partial<Readonly<Record<DocumentKind, BinaryReader>>> = {
  pdf: async (bytes, url, now_ms) => (await import('./pdf.ts')).readPdf(bytes, url, now_ms),
  document: async (...from) => {
    const [bytes, url, now_ms, contentType] = from;
    if (isOpenDocument(contentType)) return openDocument(...from);
    if (contentType === RICH_TEXT) return (await import('./rich-text.ts')).readRichText(bytes, url, now_ms);
    return (await import('./word-document.ts')).readWordDocument(bytes, url, now_ms);
  },
  spreadsheet: async (...from) => {
    const [bytes, url, now_ms, contentType] = from;
    if (isOpenDocument(contentType)) return openDocument(...from);
    return (await import('./spreadsheet.ts')).readSpreadsheet(bytes, url, now_ms);
  },
  presentation: async (...from) => {
    const [bytes, url, now_ms, contentType] = from;
    if (isOpenDocument(contentType)) return openDocument(...from);
    return (await import('./presentation.ts')).readPresentation(bytes, url, now_ms);
  },
  book: async (bytes, url, now_ms) => (await import('./book.ts')).readBook(bytes, url, now_ms),
  mail: async (bytes, url, now_ms, _, inner) =>
    (await import('./mail.ts')).readMail(bytes, url, now_ms, inner),
  archive: async (bytes, url, _, contentType, inner) =>
    (await import('./archive.ts')).readArchive(bytes, url, contentType, inner),
};

/** Reads a document, and the files inside of it; what was left out is added to `warnings`. */
export async function readContent(
  source: Source,
  type: SniffedType,
  options: ReadOptions,
  warnings: string[],
): Promise<ReadContent> {
  const { url, fetchedAt_ms } = source;
  const inner = new InnerFiles((name, bytes, files) => {
    const innerType = sniffType(bytes, '', `inner:///${name}`);
    const file = { url: `inner:///${encodeURIComponent(name)}`, bytes, fetchedAt_ms };
    return {
      isText: BINARY_READERS[innerType.kind] === undefined,
      read: async () => (await readFile(file, innerType, {}, [], files)).content,
    };
  });
  const read = await readFile(source, type, options, warnings, inner);
  if (inner.leftOut > 0) warnings.push(`Of the files inside ${inner.leftOut} were not read.`);
  if (type.kind === 'archive' && inner.sections.length === 0) throw withoutText(url, type.contentType);
  if (inner.sections.length === 0) return read;
  const { content } = read;
  const sections = [...content.sections, ...inner.sections];
  return { ...read, content: { ...content, sections, links: [...content.links, ...inner.links] } };
}

async function readFile(
  { url, bytes: whole, fetchedAt_ms }: Source,
  { kind, contentType, charset: declared }: SniffedType,
  options: ReadOptions,
  warnings: string[],
  inner: InnerFiles,
): Promise<ReadContent> {
  if (kind === 'image' || kind === 'unknown') throw withoutText(url, contentType);
  const readBinary = BINARY_READERS[kind];
  if (readBinary !== undefined) {
    if (whole.length > MAX_BINARY_BYTES) {
      const facts = { url, limit: MAX_BINARY_BYTES };
      throw new PeregrineError(
        'TOO_LARGE',
        'The document is larger than documents of its kind may be.',
        facts,
      );
    }
    const content = await readBinary(whole, url, fetchedAt_ms, contentType, inner);
    return { content, bytes: whole, charset: '' };
  }
  const isCut = whole.length > MAX_TEXT_BYTES;
  const bytes = isCut ? whole.subarray(0, MAX_TEXT_BYTES) : whole;
  if (isCut) warnings.push(`Only the first ${MAX_TEXT_BYTES / 1_048_576} MiB of the document are kept.`);
  const syntax = kind === 'html' ? 'html' : kind === 'xml' || kind === 'feed' ? 'xml' : 'none';
  const decoded = await decodeText(bytes, { declared, syntax });
  warnings.push(...decoded.warnings);
  const { text, charset } = decoded;
  if (kind === 'html') return { content: readHtml(text, url, fetchedAt_ms, options), bytes, charset };
  if (kind === 'json') return { content: readJson(text, url), bytes, charset };
  if (kind === 'xml' || kind === 'feed') {
    return { content: readXml(text, url, fetchedAt_ms, kind), bytes, charset };
  }
  return { content: readPlainText(text, url, contentType === 'text/markdown'), bytes, charset };
}

function withoutText(url: string, contentType: string): PeregrineError {
  return new PeregrineError('UNSUPPORTED_TYPE', `Documents of type ${contentType} hold no text to index.`, {
    url,
    contentType,
  });
}
