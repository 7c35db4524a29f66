/** A Gigablast document as our write path takes one: its content as if just fetched, what was known of it as metadata. */

import { hash64, PeregrineError } from '../../base/index.ts';
import { normaliseUrl } from '../../crawl/index.ts';
import type { DocumentSource } from '../../document/index.ts';
import type { GigablastDocument } from './title-record.ts';

/** Names under which the metadata of an imported document says where it is from: the same for every kind of import. */
export const IMPORT_SOURCE = 'import.source';
export const IMPORT_ID = 'import.id';
export const IMPORT_HASH = 'import.hash';

/** Content types by their old numbers. PDF and office documents were stored as the HTML that they were turned into. */
const CONTENT_TYPES: readonly string[] = [
  '',
  'text/html',
  'text/plain',
  'application/xml',
  'text/html',
  'text/html',
  'text/html',
  'text/html',
  'text/html',
  '',
  '',
  '',
  '',
  '',
  'text/plain',
  'text/plain',
  'application/json',
];

/** Their names. */
const TYPE_NAMES =
  'unknown html text xml pdf doc xls ppt ps gif jpg png tiff bmp js css json image status gz arc warc'.split(
    ' ',
  );
const HTML_TYPE = 1;

const LANGUAGES = (
  'xx en fr es ru tr ja zh_tw zh_cn ko de nl it fi sv no pt vi ar he id el th hi bn pl tl la eo ca bg tx sr hu ' +
  'da lt cs gl ka gd go ro ga lv hy is ag gv io fa te vv mg ku lb et ' +
  // Of descendants.
  'mt sk sl eu cy kl fo'
).split(' ');

/** Longest text that is kept of a field of metadata. */
export const MAX_META_CHARACTERS = 65_536;
const SPACE = 0x20;
/** Before what a frame holds. */
const FRAME_CONTENT = '<gbframe>';
/** What a date says that is not known, beside 0. */
const UNKNOWN_S = 0xffff_ffff;
/** Tags of a site that its pages carry. */
const MAX_TAGS = 32;

/** The abbreviation that the old program showed for a language's number. */
function languageLabel(number: number): string {
  return LANGUAGES[number] ?? String(number);
}

/** `BAD_ARGUMENT` for a URL that is none. */
export function documentSourceOf(
  document: GigablastDocument,
  record: Uint8Array,
  source: string,
  tags: ReadonlyMap<string, string> = new Map(),
): { readonly source: DocumentSource; readonly isMetaCut: boolean } {
  const normal = normaliseUrl(document.url);
  const url = normal.ok ? normal.url : (URL.parse(document.url)?.href ?? '');
  if (url === '') {
    const shown = document.url.slice(0, 200);
    throw new PeregrineError('BAD_ARGUMENT', `"${shown}" is no absolute URL.`, { url: shown });
  }
  const contentType = CONTENT_TYPES[document.contentType] ?? '';
  const whole = { ...metadataOf(document, url), ...tagsAsMetadata(tags) };
  const isMetaCut = Object.values(whole).some(({ length }) => length > MAX_META_CHARACTERS);
  const made: DocumentSource = {
    url,
    bytes: contentType === '' ? document.content : withoutZeros(withFramesOpen(document.content)),
    // The old program turned every text into UTF-8 before it stored it, whatever the page says of itself.
    headers: contentType === '' ? {} : { 'content-type': `${contentType}; charset=utf-8` },
    status: document.httpStatus > 0 ? document.httpStatus : 200,
    fetchedAt_ms: fetchedAt_s(document) * 1000,
    depth: Math.max(0, document.hopCount),
    ip: document.ip,
    truncated: document.isTruncated,
    meta: {
      [IMPORT_SOURCE]: source,
      [IMPORT_ID]: String(document.docId),
      [IMPORT_HASH]: hash64(record).toString(16).padStart(16, '0'),
      ...(isMetaCut ? cut(whole) : whole),
    },
  };
  return { source: made, isMetaCut };
}

function cut(meta: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(meta);
  return Object.fromEntries(entries.map(([name, value]) => [name, value.slice(0, MAX_META_CHARACTERS)]));
}

/** The first date that is known; 0 where none is. A page that seems fetched in 2106 would never give way to a newer one. */
function fetchedAt_s({ spidered_s, indexed_s, firstIndexed_s }: GigablastDocument): number {
  return [spidered_s, indexed_s, firstIndexed_s].find((time_s) => time_s > 0 && time_s !== UNKNOWN_S) ?? 0;
}

/** Zeros in a text make it no text to who looks at its bytes; the old program read over them. */
function withoutZeros(content: Uint8Array): Uint8Array {
  return content.includes(0) ? content.map((byte) => byte || SPACE) : content;
}

/**
 * The old program wrote what the frames of a page hold into the page itself. In a set of frames no text can stand, so its
 * tags give way to ones that mean nothing.
 */
function withFramesOpen(content: Uint8Array): Uint8Array {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (!bytes.includes(FRAME_CONTENT)) return content;
  // Each byte is one character of it, and comes back as that byte.
  const text = bytes.toString('latin1');
  const opened = text.replace(/<(\/?)(frameset|frame)\b/gi, '<$1gb$2');
  return opened === text ? content : Buffer.from(opened, 'latin1');
}

function metadataOf(document: GigablastDocument, url: string): Record<string, string> {
  const meta: Record<string, string> = {};
  const set = (name: string, value: string): void => {
    if (value !== '') meta[name] = value;
  };
  set('gigablast.docId', String(document.docId));
  if (document.url !== url) set('gigablast.url', document.url);
  set('gigablast.redirectUrl', document.redirectUrl);
  set('gigablast.site', document.site);
  set('gigablast.language', languageLabel(document.language));
  set('gigablast.languageId', String(document.language));
  set('gigablast.contentHash32', String(document.contentHash32));
  set('gigablast.contentType', String(document.contentType));
  if (document.contentType !== HTML_TYPE) set('gigablast.type', TYPE_NAMES[document.contentType] ?? '');
  set('gigablast.charset', String(document.charset));
  set('gigablast.firstIndexed', dateOf(document.firstIndexed_s));
  set('gigablast.spidered', dateOf(document.spidered_s));
  set('gigablast.indexed', dateOf(document.indexed_s));
  set('gigablast.published', dateOf(document.published_s));
  set('gigablast.siteNumInlinks', String(document.siteInlinks));
  set('gigablast.hopCount', String(document.hopCount));
  set('gigablast.titleRecVersion', String(document.version));
  set('gigablast.linkTexts', document.linkTexts.join('\n'));
  set('gigablast.metadata', document.metadata);
  set('gigablast.flags', document.flags.join('\n'));
  if (document.country > 0) set('gigablast.country', String(document.country));
  if (document.rootLanguage > 0) set('gigablast.rootLanguage', languageLabel(document.rootLanguage));
  const { pages, addresses } = document.linkCounts;
  if (pages > 0) set('gigablast.inlinks', String(pages));
  if (addresses > 0) set('gigablast.inlinkAddresses', String(addresses));
  const { ids, indirectIds, titles, summaries, anchors } = document.directory;
  set('gigablast.dmozIds', ids.join('\n'));
  set('gigablast.dmozIndirectIds', indirectIds.join('\n'));
  set('gigablast.dmozTitles', titles.join('\n'));
  set('gigablast.dmozSummaries', summaries.join('\n'));
  set('gigablast.dmozAnchors', anchors.join('\n'));
  return meta;
}

function tagsAsMetadata(tags: ReadonlyMap<string, string>): Record<string, string> {
  const entries = [...tags].slice(0, MAX_TAGS);
  return Object.fromEntries(entries.map(([name, value]) => [`gigablast.tag.${name}`, value]));
}

function dateOf(time_s: number): string {
  return time_s === 0 || time_s === UNKNOWN_S ? '' : new Date(time_s * 1000).toISOString();
}
