/** Reads XML and feeds (RSS, Atom, RDF): text of all elements; titles, links and dates where the names tell. */

import { Parser } from 'htmlparser2';
import { languageOfTag } from '../text/index.ts';
import { parseDate } from './dates.ts';
import type { DocumentKind } from './document.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { readHtml } from './html.ts';
import { LeafFields } from './leaf-fields.ts';
import { LinkResolver } from './link-resolver.ts';
import { toSections } from './main-text.ts';
import { collapseSpaces, type FoundLink, MAX_LINKS, MAX_TEXT_LENGTH, type TextBlock } from './text-blocks.ts';

const MAX_BLOCKS = 100_000;
const MAX_DEPTH = 256;
const MAX_TITLE_LENGTH = 300;
const MARKUP = /<[a-z][^>]*>/i;
const ITEM = /^(?:item|entry)$/;
const DATE = /^(?:pubdate|updated|published|dc:date|lastbuilddate)$/;
const LINK = /^(?:link|loc|guid|comments)$/;
/** Names of feeds and their items, for programs. */
const IDENTIFIER = /^(?:id|guid)$/;

/** Reads markup that is XML, well-formed or not. */
export function readXml(markup: string, url: string, now_ms: number, kind: DocumentKind): ExtractedContent {
  const reader = new XmlReader(url, now_ms, kind === 'feed');
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        reader.open(name, attributes);
        if (reader.isFull) parser.pause();
      },
      ontext: (text) => reader.text(text),
      onclosetag: (name) => reader.close(name),
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.write(markup);
  if (!reader.isFull) parser.end();
  return reader.finish();
}

class XmlReader {
  readonly #url: string;
  readonly #now_ms: number;
  readonly #isFeed: boolean;
  readonly #blocks: TextBlock[] = [];
  readonly #links: FoundLink[] = [];
  #title = '';
  #description = '';
  #author = '';
  #language = '';
  #published_ms = 0;
  #buffer = '';
  #length = 0;
  #depth = 0;
  #itemTitle = '';
  #inItem = false;
  isFull = false;
  readonly #fields = new LeafFields();
  /** Names of the open elements below the root. */
  readonly #path: string[] = [];
  /** Of the open elements: as the nearest one around declares it, below what declares the document's. */
  readonly #languages: string[] = [];
  /** Nothing but text since the last start tag. */
  #isLeaf = false;

  constructor(url: string, now_ms: number, isFeed: boolean) {
    this.#url = url;
    this.#now_ms = now_ms;
    this.#isFeed = isFeed;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#flush('text', 0);
    this.#depth += 1;
    if (this.#depth > 1) this.#path.push(name);
    this.#isLeaf = true;
    if (!this.#isFeed) {
      for (const [key, value] of Object.entries(attributes)) {
        if (!key.startsWith('xml')) this.#fields.add([...this.#path, key], value);
      }
    }
    this.#languages.push(this.#languageOf(name, attributes['xml:lang']));
    if (ITEM.test(name)) {
      this.#inItem = true;
      this.#itemTitle = '';
    }
    const href = attributes['href'] ?? attributes['xlink:href'];
    const rel = attributes['rel'] ?? 'alternate';
    if (href !== undefined && rel !== 'self' && rel !== 'stylesheet') this.#addLink(href);
    if (this.#depth > MAX_DEPTH || this.#blocks.length >= MAX_BLOCKS || this.#length >= MAX_TEXT_LENGTH) {
      this.isFull = true;
    }
  }

  text(text: string): void {
    if (this.#length + this.#buffer.length < MAX_TEXT_LENGTH) this.#buffer += text;
  }

  close(name: string): void {
    const lower = name.toLowerCase();
    const said = collapseSpaces(this.#buffer);
    if (this.#isLeaf && !this.#isFeed) this.#fields.add(this.#path, said);
    this.#isLeaf = false;
    if (this.#depth > 1) this.#path.pop();
    this.#depth -= 1;
    if (ITEM.test(name)) this.#inItem = false;
    if (LINK.test(lower) && /^https?:\/\//.test(said)) {
      this.#addLink(said);
      this.#buffer = '';
    } else if (this.#isFeed && IDENTIFIER.test(lower)) {
      this.#buffer = '';
    } else if (DATE.test(lower)) {
      this.#published_ms = Math.max(this.#published_ms, parseDate(said, this.#now_ms));
      this.#buffer = '';
    } else if (lower === 'language' && !this.#inItem) {
      this.#language ||= said.slice(0, 35);
      this.#buffer = '';
    } else if (lower === 'title') {
      if (this.#inItem) this.#itemTitle = said;
      else this.#title ||= said.slice(0, MAX_TITLE_LENGTH);
      this.#flush(this.#isFeed && this.#inItem ? 'heading' : 'text', 2);
    } else {
      if (/^(?:description|subtitle|summary)$/.test(lower) && !this.#inItem) {
        this.#description ||= said.slice(0, 1000);
      } else if (lower === 'name' || lower === 'dc:creator') {
        this.#author ||= said.slice(0, MAX_TITLE_LENGTH);
      }
      this.#flush('text', 0);
    }
    this.#languages.pop();
  }

  finish(): ExtractedContent {
    this.#flush('text', 0);
    return {
      ...NOTHING_EXTRACTED,
      title: this.#title,
      description: this.#description,
      author: this.#author,
      declaredLanguage: this.#language,
      published_ms: this.#published_ms,
      sections: toSections(this.#blocks),
      meta: this.#fields.finish(),
      links: new LinkResolver(this.#url, '').links(this.#links, [], this.#url),
      warnings: this.isFull ? ['The XML holds more than is kept.'] : [],
    };
  }

  /** The first element that declares a language, and is no item, declares the document's. */
  #languageOf(name: string, declared: string | undefined): string {
    const outer = this.#languages.at(-1) ?? '';
    if (declared === undefined) return outer;
    if (this.#language === '' && !this.#inItem && !ITEM.test(name)) this.#language = declared.slice(0, 35);
    const code = languageOfTag(declared)?.code ?? '';
    return code === languageOfTag(this.#language)?.code ? '' : code;
  }

  #addLink(href: string): void {
    if (this.#links.length >= MAX_LINKS) return;
    this.#links.push({ href, text: this.#itemTitle, nofollow: false, inMenu: false, block: -1 });
  }

  #flush(kind: 'text' | 'heading', level: number): void {
    const raw = this.#buffer;
    this.#buffer = '';
    if (raw.trim() === '') return;
    // Feeds carry their articles as escaped HTML.
    const texts = this.#isFeed && MARKUP.test(raw) ? this.#readMarkup(raw) : [collapseSpaces(raw)];
    for (const text of texts) {
      this.#length += text.length;
      this.#blocks.push({
        kind,
        level: kind === 'heading' ? level : 0,
        anchor: '',
        text,
        linkLength: 0,
        inMenu: false,
        inMain: false,
        noSnippet: false,
        language: this.#languages.at(-1) ?? '',
      });
    }
  }

  #readMarkup(markup: string): string[] {
    const { sections, links } = readHtml(markup, this.#url, this.#now_ms);
    for (const { url } of links) this.#addLink(url);
    return sections.map(({ text }) => text);
  }
}
