/** From what came in to what a batch needs: sniff, decode, extract, identify, fingerprint, encode, analyse. */

import { encodeAnalysedDocument, identifyLanguage, languageOfTag } from '../text/index.ts';
import { analyse } from './analyse.ts';
import { fingerprintOf } from './content-fingerprint.ts';
import { parseDate } from './dates.ts';
import type { BuiltDocument, DocumentSource, RobotsDirectives, Section, StoredDocument } from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { languageSample } from './language-sample.ts';
import { LinkResolver } from './link-resolver.ts';
import { mainTextOf } from './main-text.ts';
import { relatedPages } from './related-pages.ts';
import { parseRobotsHeader, stricter } from './robots-directives.ts';
import { readContent, type ReadOptions } from './read-content.ts';
import { sniffType } from './sniff.ts';
import { withLanguages } from './section-languages.ts';
import { encodeTitleRecord } from './title-record.ts';

const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_TITLE_LENGTH = 300;
/** A server that says "changed just now" makes the page as it is asked. */
const LEAST_AGE_MS = 600_000;

/** What may be told beside the source: nothing is needed. */
export type BuildOptions = ReadOptions;

/**
 * Builds a document. Pure: the same source gives the same result. Rejects with `UNSUPPORTED_TYPE` for kinds without
 * text, `PARSE_FAILED` for damaged ones, `TOO_LARGE`.
 */
export async function buildDocument(
  source: DocumentSource,
  options: BuildOptions = {},
): Promise<BuiltDocument> {
  const stored = await extractDocument(source, options);
  const { document, refreshTo, edges } = stored;
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
    // What is spread comes last: a name behind it is defined by the runtime, as if it might be there.
    ...(edges === undefined ? {} : { edges }),
  };
}

/** The document as it will be stored, before it is encoded. Same errors as {@link buildDocument}. */
export async function extractDocument(
  source: DocumentSource,
  options: BuildOptions = {},
): Promise<{ document: StoredDocument; refreshTo: string; edges: Uint32Array | undefined }> {
  const warnings: string[] = source.truncated === true ? ['The document was cut at the size limit.'] : [];
  const type = sniffType(source.bytes, source.headers['content-type'] ?? '', source.url);
  const { content, bytes, charset } = await readContent(source, type, options, warnings);
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
    raw: robots.noarchive || type.kind === 'archive' ? new Uint8Array(0) : bytes,
    warnings,
    ...fingerprintOf(mainText, source.url),
  };
  return { document, refreshTo: content.refreshTo, edges: content.edges };
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
  const sample = languageSample(title, sections, declared);
  if (!/\p{L}/u.test(sample.text)) return languageOfTag(declared)?.code ?? '';
  return identifyLanguage(sample.text, sample.declared);
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
