/**
 * What was seen in a document, and why: for people who ask why a page is (not) found. Made from what is stored of it,
 * so that nothing is parsed again and any stored document can be looked at.
 */

import { isAscii, isUtf8 } from 'node:buffer';
import {
  type DocumentField,
  FIELD_GROUPS,
  hasStemmer,
  type LanguageIdentifier,
  languageOfTag,
  languageOfScript,
  loadLanguageIdentifier,
  stem,
  stemmingLanguage,
  tokenize,
  ZONE_GAP,
} from '../text/index.ts';
import { zonesOf } from './analyse.ts';
import { fieldsOf } from './document-fields.ts';
import type { DocumentKind, Link, RobotsDirectives, SectionKind, StoredDocument } from './document.ts';
import { languageSample } from './language-sample.ts';
import { partsOfUrl } from './url-parts.ts';

/** A value, and why it is that one. */
export interface Choice<Value> {
  readonly value: Value;
  readonly reason: string;
}

export interface ReportedToken {
  /** Place in the index; positions of two zones are 16 apart. */
  readonly position: number;
  /** As it stands in the text. */
  readonly text: string;
  readonly word: string;
  readonly stem: string;
}

export interface ReportedZone {
  /** Field group: what ranking weighs the zone as. */
  readonly group: string;
  readonly start: number;
  readonly tokens: readonly ReportedToken[];
}

export interface ReportedSection {
  readonly kind: SectionKind;
  readonly level: number;
  /** The headings above it, outermost first. */
  readonly path: readonly string[];
  /** Deep link to it, where the page has an id for it. */
  readonly url: string;
  readonly noSnippet: boolean;
  /** Where it is another than the document's, else empty. */
  readonly language: string;
  readonly text: string;
}

export interface ParseReport {
  readonly url: string;
  readonly kind: Choice<DocumentKind>;
  readonly charset: Choice<string>;
  readonly title: Choice<string>;
  readonly language: Choice<string>;
  /** ISO 8601, or empty. */
  readonly published: Choice<string>;
  readonly canonical: string;
  readonly description: string;
  readonly author: string;
  readonly siteName: string;
  readonly robots: RobotsDirectives;
  readonly sections: readonly ReportedSection[];
  readonly zones: readonly ReportedZone[];
  /** Tokens, and distinct words and stems among them. */
  readonly terms: { readonly tokens: number; readonly words: number; readonly stems: number };
  readonly links: readonly Link[];
  readonly fields: readonly DocumentField[];
  readonly meta: Readonly<Record<string, string>>;
  readonly contentHash: string;
  readonly fingerprint: string;
  readonly warnings: readonly string[];
}

/** Metadata that a date, a title or a description can come from, first choice first. */
const DATE_NAMES =
  /^(?:article:modified_time|og:updated_time|dcterms?\.(?:modified|created|date)|article:published_time|dc\.date|citation_(?:publication_)?date|date|last-modified|datemodified|datepublished|pubdate)$/;

/** Looks at a stored document. `headers` are those that it came with, where they are known. */
export async function reportOf(
  stored: StoredDocument,
  headers: Readonly<Record<string, string>> = {},
): Promise<ParseReport> {
  const parts = partsOfUrl(stored.url);
  const zones = reportZones(stored);
  const tokens = zones.flatMap((zone) => zone.tokens);
  return {
    url: stored.url,
    kind: { value: stored.kind, reason: kindReason(stored, headers['content-type'] ?? '') },
    charset: { value: stored.charset, reason: charsetReason(stored, headers['content-type'] ?? '') },
    title: { value: stored.title, reason: titleReason(stored) },
    language: { value: stored.language, reason: languageReason(stored, await loadLanguageIdentifier()) },
    published: {
      value: stored.published_ms > 0 ? new Date(stored.published_ms).toISOString() : '',
      reason: dateReason(stored, headers['last-modified'] ?? ''),
    },
    canonical: stored.canonical,
    description: stored.description,
    author: stored.author,
    siteName: stored.siteName,
    robots: stored.robots,
    sections: reportSections(stored),
    zones,
    terms: {
      tokens: tokens.length,
      words: new Set(tokens.map(({ word }) => word)).size,
      stems: new Set(tokens.map((token) => token.stem)).size,
    },
    links: stored.links,
    fields: fieldsOf(stored, parts, tokens.length),
    meta: stored.meta,
    contentHash: stored.contentHash,
    fingerprint: stored.fingerprint,
    warnings: stored.warnings,
  };
}

function reportZones(stored: StoredDocument): ReportedZone[] {
  const zones: ReportedZone[] = [];
  let position = 0;
  for (const [group, text, language] of zonesOf(stored)) {
    const start = position === 0 ? 0 : position + ZONE_GAP;
    const tokens = tokenize(text).map((token): ReportedToken => {
      const own = language === '' ? '' : stemmingLanguage(token.word, language);
      return {
        position: start + token.position,
        text: text.slice(token.start, token.end),
        word: token.word,
        stem: stem(token.form, own),
      };
    });
    if (tokens.length === 0) continue;
    zones.push({ group: FIELD_GROUPS[group] ?? String(group), start, tokens });
    position = start + tokens.length;
  }
  return zones;
}

function reportSections({ url, sections }: StoredDocument): ReportedSection[] {
  const above: { level: number; text: string }[] = [];
  return sections.map(({ kind, level, text, anchor, noSnippet, language = '' }) => {
    if (kind === 'heading') while ((above.at(-1)?.level ?? 0) >= level) above.pop();
    const path = above.map((heading) => heading.text);
    if (kind === 'heading') above.push({ level, text });
    return {
      kind,
      level,
      path,
      url: anchor === '' ? url : `${url}#${encodeURI(anchor)}`,
      noSnippet: noSnippet === true,
      language,
      text,
    };
  });
}

function kindReason({ contentType }: StoredDocument, header: string): string {
  const declared = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (declared === '') return `nobody says a type; the bytes or the name look like ${contentType}`;
  return declared === contentType
    ? `the server says ${declared}, and the bytes don't contradict`
    : `the server says ${declared}, but the bytes are ${contentType}`;
}

function charsetReason({ charset, raw }: StoredDocument, header: string): string {
  if (charset === '') return 'not a text';
  const declared = /charset\s*=\s*["']?([^\s"';]+)/i.exec(header)?.[1]?.toLowerCase();
  const head = Buffer.from(raw.subarray(0, 4096)).toString('latin1');
  if (/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(head)) return 'a byte order mark begins the text';
  if (declared === charset) return 'the server says so';
  if (new RegExp(`(?:charset|encoding)\\s*=\\s*["']?${charset}`, 'i').test(head)) return 'the text says so';
  if (raw.length > 0 && isAscii(raw)) return 'all bytes are ASCII';
  if (charset === 'utf-8' && isUtf8(raw)) return 'all bytes are valid UTF-8';
  return 'told by the statistics of the bytes, or by another name of it';
}

function titleReason({ title, meta, sections, kind }: StoredDocument): string {
  if (title === '') return 'the document names none and has no text';
  for (const name of ['og:title', 'twitter:title', 'dc.title', 'citation_title']) {
    if (meta[name] === title && kind === 'html') return `as the page says, in its title or in ${name}`;
  }
  const heading = sections.find((section) => section.kind === 'heading' && section.text === title);
  if (heading !== undefined) return `its title, which is also a heading of level ${heading.level}`;
  const first = sections.find((section) => section.kind !== 'menu');
  if (first?.text.startsWith(title.replace(/…$/, '')) === true) return 'its first line: it names no other';
  return 'what the document calls itself';
}

function languageReason(stored: StoredDocument, identifier: LanguageIdentifier): string {
  const { language, meta } = stored;
  const sample = languageSample(stored.title, stored.sections, '').text;
  if (language === '') return 'the text is too short or too mixed to tell, and nothing is declared';
  if (languageOfScript(sample) === language) return 'the script of its letters tells';
  if (identifier.identify(sample) === language) return 'its letters and common words tell';
  const declared = meta['content-language'] ?? meta['og:locale'] ?? '';
  const name =
    languageOfTag(declared)?.code === language ? `declared as ${declared}` : 'declared by the page';
  return `${name}; the text does not contradict${hasStemmer(language) ? '' : ', words are taken as they are'}`;
}

function dateReason({ published_ms, meta }: StoredDocument, lastModified: string): string {
  if (published_ms === 0) return 'no date that can be believed';
  for (const [name, value] of Object.entries(meta)) {
    if (DATE_NAMES.test(name) && Date.parse(value) === published_ms) return `the page says so in ${name}`;
  }
  if (Date.parse(lastModified) === published_ms) return 'the server says when it was changed';
  return 'from structured data, a time element or the properties of the file';
}
