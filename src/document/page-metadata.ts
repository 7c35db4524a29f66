/** What a page says about itself in its head: title, meta and link elements, JSON-LD. */

import { parseDate } from './dates.ts';
import type { RobotsDirectives } from './document.ts';
import { alternateName, FEED_NAME } from './related-pages.ts';
import type { Attributes } from './tag-attributes.ts';
import { NO_DIRECTIVES, parseDirectives, ROBOT_NAMES, stricter } from './robots-directives.ts';
import { readStructuredData, type StructuredData } from './structured-data.ts';
import { collapseSpaces } from './text-blocks.ts';

const MAX_META_ENTRIES = 64;
export const MAX_META_LENGTH = 1000;
export const MAX_TITLE_LENGTH = 300;
const MAX_META_NAME = 64;
const MAX_RELATIONS = 64;
/** Names of relations in the metadata, and the words of `rel` that mean them. */
const RELATIONS: readonly (readonly [name: string, words: readonly string[]])[] = [
  ['icon', ['icon', 'apple-touch-icon']],
  ['next', ['next']],
  ['prev', ['prev', 'previous']],
  ['image', ['image_src']],
];
const LANGUAGE_TAG = /^(?:x-default|[a-z]{2,3}(?:-[a-z\d]{2,8}){0,3})$/;
const FEED_TYPE = /^\s*application\/(?:rss|atom)\+xml\b/i;
const MAX_STRUCTURED_DATA = 262_144;

export class PageMetadata {
  title = '';
  language = '';
  base = '';
  canonical = '';
  /** Target of a meta refresh within {@link MAX_REFRESH_S} seconds. */
  refresh = '';
  robots: RobotsDirectives = NO_DIRECTIVES;
  readonly meta: Map<string, string> = new Map();
  /** First `<time>` inside the content. */
  time = '';
  #structured: StructuredData = {};
  #structuredLength = 0;
  readonly #now_ms: number;

  constructor(now_ms: number) {
    this.#now_ms = now_ms;
  }

  readMeta(attributes: Attributes): void {
    const content = collapseSpaces(attributes.get('content') ?? '');
    const equivalent = attributes.get('http-equiv')?.toLowerCase();
    if (equivalent === 'refresh') this.#readRefresh(content);
    else if (equivalent === 'content-language' && this.language === '')
      this.language = content.split(',')[0] ?? '';
    const name = (attributes.get('name') ?? attributes.get('property') ?? attributes.get('itemprop') ?? '')
      .trim()
      .toLowerCase();
    if (name === '' || name.length > MAX_META_NAME || content === '') return;
    if (ROBOT_NAMES.has(name)) {
      this.robots = stricter(this.robots, parseDirectives(content, this.#now_ms));
    } else if (
      !this.meta.has(name) &&
      this.meta.size < MAX_META_ENTRIES &&
      !/^(?:viewport|theme-color)$/.test(name)
    ) {
      this.meta.set(name, content.slice(0, MAX_META_LENGTH));
    }
  }

  /** Microdata of an element of the page, its name in lower case. The first of a name counts. */
  noteProperty(name: string, said: string): void {
    const value = collapseSpaces(said);
    if (name === '' || name.length > MAX_META_NAME || value === '' || ROBOT_NAMES.has(name)) return;
    if (this.meta.has(name) || this.meta.size >= MAX_META_ENTRIES) return;
    this.meta.set(name, value.slice(0, MAX_META_LENGTH));
  }

  readLink(attributes: Attributes): void {
    const href = attributes.get('href')?.trim() ?? '';
    const rel = ` ${attributes.get('rel')?.toLowerCase() ?? ''} `;
    if (href === '') return;
    if (rel.includes(' canonical ') && this.canonical === '') this.canonical = href;
    for (const [name, words] of RELATIONS) {
      if (words.some((word) => rel.includes(` ${word} `))) this.#relate(name, href);
    }
    const language = attributes.get('hreflang')?.trim().toLowerCase() ?? '';
    if (rel.includes(' alternate ') && LANGUAGE_TAG.test(language))
      this.#relate(alternateName(language), href);
    if (rel.includes(' alternate ') && FEED_TYPE.test(attributes.get('type') ?? ''))
      this.#relate(FEED_NAME, href);
  }

  /** Addresses that stand in a relation to the page, the first of each name, as written. */
  readonly relations: Map<string, string> = new Map();

  #relate(name: string, href: string): void {
    if (!this.relations.has(name) && this.relations.size < MAX_RELATIONS) this.relations.set(name, href);
  }

  /** The image that stands for the page where it is shown elsewhere, as written. */
  get image(): string {
    return this.#first('og:image', 'og:image:url', 'twitter:image', 'image', 'thumbnail');
  }

  readStructuredData(json: string): void {
    this.#structuredLength += json.length;
    if (this.#structuredLength > MAX_STRUCTURED_DATA) return;
    this.#structured = { ...readStructuredData(json), ...this.#structured };
  }

  get description(): string {
    return this.#first('description', 'og:description', 'dc.description', 'twitter:description');
  }

  get author(): string {
    const named = this.#first('author', 'article:author', 'dc.creator', 'citation_author', 'twitter:creator');
    const author = /^https?:/.test(named) ? '' : named;
    return (author === '' ? (this.#structured.author ?? '') : author).slice(0, MAX_TITLE_LENGTH);
  }

  get siteName(): string {
    return this.#first('og:site_name', 'application-name').slice(0, MAX_TITLE_LENGTH);
  }

  /** The title that social networks are shown, or of the structured data. */
  get otherTitle(): string {
    const title = this.#first('og:title', 'twitter:title', 'dc.title', 'citation_title');
    return title === '' ? (this.#structured.headline ?? '') : title;
  }

  /** When it was last changed, else published; 0 when it does not say. */
  get published_ms(): number {
    const candidates = [
      this.#first('article:modified_time', 'og:updated_time', 'dcterms.modified'),
      this.#structured.dateModified ?? '',
      this.#first(
        'article:published_time',
        'dcterms.created',
        'dcterms.date',
        'dc.date',
        'citation_publication_date',
      ),
      this.#structured.datePublished ?? '',
      this.#first('date', 'last-modified', 'datemodified', 'datepublished', 'pubdate'),
      this.time,
    ];
    for (const candidate of candidates) {
      const time_ms = candidate === '' ? 0 : parseDate(candidate, this.#now_ms);
      if (time_ms > 0) return time_ms;
    }
    return 0;
  }

  #first(...names: string[]): string {
    for (const name of names) {
      const value = this.meta.get(name);
      if (value !== undefined) return value;
    }
    return '';
  }

  #readRefresh(content: string): void {
    const [, delay = '', target = ''] =
      /^\s*(\d*)[.\d]*\s*[;,]\s*(?:url\s*=)?\s*["']?([^"']+)/i.exec(content) ?? [];
    if (target !== '' && Number(delay) <= MAX_REFRESH_S && this.refresh === '') this.refresh = target.trim();
  }
}

/** A refresh within this time is a redirect; a later one reloads a page that is meant to be read. */
const MAX_REFRESH_S = 10;
