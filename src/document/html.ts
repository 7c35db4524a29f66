/** Reads HTML in one pass: text in sections, links, and what the page says of itself. */

import { languageOfTag } from '../text/index.ts';
import type { ExtractedContent } from './extracted.ts';
import { type ElementContext, ElementStack } from './element-stack.ts';
import {
  type ElementTraits,
  isInvisibleStyle,
  isMenuByName,
  LEAVES_FOREIGN,
  MENU_ROLES,
  SKIPPED_ELEMENTS,
  TABLE_PARTS,
  traitsOf,
} from './html-elements.ts';
import { LinkResolver } from './link-resolver.ts';
import { Containers } from './main-container.ts';
import { markMenus, toSections } from './main-text.ts';
import { type MarkupHandler, type MarkupSource, readMarkup } from './markup-reader.ts';
import { MAX_META_LENGTH, MAX_TITLE_LENGTH, PageMetadata } from './page-metadata.ts';
import { PropertyText } from './property-text.ts';
import type { Attributes } from './tag-attributes.ts';
import { collapseSpaces, TextBlocks } from './text-blocks.ts';

const MAX_SCRIPT_LENGTH = 262_144;
const SPACE = 0x20;
/** The end tag of one heading ends another. */
const HEADINGS: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
const NO_ATTRIBUTES: Attributes = new Map();
const NOFOLLOW = /(?:^|\s)(?:nofollow|ugc|sponsored)(?:\s|$)/i;

export interface HtmlOptions {
  /** What finds the tags. Default: our own reader of markup. */
  readonly readMarkup?: MarkupSource | undefined;
  /** Hashes of blocks that pages of the site repeat. */
  readonly frame?: Uint32Array | undefined;
}

/** Reads a page. `now_ms` (when it was fetched) judges its dates. */
export function readHtml(
  markup: string,
  url: string,
  now_ms: number,
  { readMarkup: read = readMarkup, frame }: HtmlOptions = {},
): ExtractedContent {
  const reader = new HtmlReader(now_ms);
  read(markup, reader);
  return reader.finish(url, frame);
}

/** Icon, lead image, next and previous page, the page in other languages: absolute, by the names of the metadata. */
function addressesOf({ relations, image }: PageMetadata, resolver: LinkResolver): Record<string, string> {
  const found: Record<string, string> = {};
  const wanted = new Map(relations);
  if (image !== '') wanted.set('image', image);
  for (const [name, href] of wanted) {
    const url = resolver.resolve(href);
    if (url !== '' && url.length <= MAX_META_LENGTH) found[name] = url;
  }
  return found;
}

class HtmlReader implements MarkupHandler {
  readonly #metadata: PageMetadata;
  readonly #stack = new ElementStack();
  readonly #text = new TextBlocks();
  readonly #containers = new Containers();
  #foreignDepth = 0;
  /** The page is a set of frames: there is no body, so no text. */
  #isFrameset = false;
  /** Text of an element that is read on the side. */
  #aside: { name: 'title' | 'script'; text: string } | undefined;
  readonly #property = new PropertyText();

  constructor(now_ms: number) {
    this.#metadata = new PageMetadata(now_ms);
  }

  isForeign(): boolean {
    return this.#foreignDepth > 0;
  }

  open(name: string, attributes: Attributes, isSelfClosed: boolean): void {
    if (name === 'svg' || name === 'math') this.#foreignDepth += isSelfClosed ? 0 : 1;
    if (this.#stack.skipped !== undefined && !this.#leavesSkipped(name, attributes, isSelfClosed)) return;
    if (isSelfClosed && this.#foreignDepth > 0) return;
    const traits = traitsOf(name);
    if (traits.isVoid) return this.#readVoid(name, attributes);
    if (attributes.size > 0 && attributes.has('itemprop') && !this.#stack.context.inMenu) {
      this.#openProperty(name, attributes);
    }
    if (this.#property.isOpen) this.#property.open(name);
    if (traits.isSkipped) return this.#skip(name, attributes);
    if (name === 'a') return this.#openLink(attributes);
    if (traits.isBlock) return this.#openBlock(name, traits, attributes);
    this.#openInline(name, traits, attributes);
  }

  close(name: string): void {
    if (name === 'svg' || name === 'math') this.#foreignDepth = Math.max(0, this.#foreignDepth - 1);
    if (this.#stack.skipped !== undefined) {
      if (this.#aside?.name === name) this.#closeAside();
      if (this.#stack.closeInSkipped(name)) return;
    }
    if (this.#property.isOpen) this.#closeProperty(name);
    if (name === 'a') return this.#text.closeLink();
    if (name === 'br') return this.#text.breakLine(this.#stack.context);
    const traits = traitsOf(name);
    if (!traits.isBlock) {
      this.#closeInline(name, traits);
      return;
    }
    // The end of what was never begun ends nothing, but `</p>` makes an empty paragraph.
    const open = traits.level > 0 ? (this.#stack.nearest(HEADINGS) ?? name) : name;
    if (name !== 'p' && name !== 'body' && name !== 'html' && !this.#stack.isOpen(open)) return;
    this.#endBlock(name, traits);
    this.#stack.close(open);
  }

  text(source: string, start: number, end: number): void {
    if (this.#aside !== undefined) {
      if (this.#aside.text.length < MAX_SCRIPT_LENGTH) this.#aside.text += source.slice(start, end);
      return;
    }
    if (this.#stack.skipped !== undefined || this.#isFrameset) return;
    this.#text.append(source, start, end, this.#stack.context.kind);
    if (this.#property.isOpen) this.#property.append(source, start, end);
  }

  finish(url: string, frame: Uint32Array | undefined): ExtractedContent {
    this.#closeAside();
    this.#text.flush(this.#stack.context);
    const text = this.#text.finish();
    const { blocks, links } = this.#text;
    const edges = markMenus(blocks, this.#containers, frame);
    const sections = toSections(blocks, text);
    const metadata = this.#metadata;
    const resolver = new LinkResolver(url, metadata.base);
    const warnings: string[] = [];
    if (this.#text.isCut) warnings.push('The text is longer than is kept.');
    if (this.#text.areLinksCut) warnings.push('The page has more links than are kept.');
    return {
      title: metadata.title || metadata.otherTitle.slice(0, MAX_TITLE_LENGTH),
      description: metadata.description,
      author: metadata.author,
      siteName: metadata.siteName,
      declaredLanguage: metadata.language,
      canonical: resolver.resolve(metadata.canonical),
      refreshTo: resolver.resolve(metadata.refresh),
      published_ms: metadata.published_ms,
      robots: metadata.robots,
      sections,
      links: resolver.links(links, blocks, url),
      meta: { ...Object.fromEntries(metadata.meta), ...addressesOf(metadata, resolver) },
      warnings,
      edges,
    };
  }

  /** A start tag inside a skipped element. True when it ends the skipping and is read, as `<p>` ends a hidden one. */
  #leavesSkipped(name: string, attributes: Attributes, isSelfClosed: boolean): boolean {
    const stack = this.#stack;
    const skipped = stack.skipped ?? '';
    if (skipped === 'svg' && LEAVES_FOREIGN.has(name) && !stack.isHtmlInSkipped) {
      this.#foreignDepth = 0;
      stack.endSkip();
      return true;
    }
    if (skipped === 'select' && (name === 'select' || (TABLE_PARTS.has(name) && stack.isOpen('table')))) {
      stack.endSkip();
      return name !== 'select';
    }
    if (stack.skippedIsEmpty && (traitsOf(name).closes & traitsOf(skipped).bit) !== 0) {
      stack.endSkip();
      return true;
    }
    if (!traitsOf(name).isVoid && !(isSelfClosed && this.#foreignDepth > 0)) stack.openInSkipped(name);
    // Menus that open on a click are hidden, and their links lead somewhere all the same.
    if (name === 'a' && !SKIPPED_ELEMENTS.has(skipped)) {
      const href = attributes.get('href')?.trim() ?? '';
      if (href !== '') this.#text.addLink(href, '', NOFOLLOW.test(attributes.get('rel') ?? ''), true);
    }
    if (name === 'area' && skipped === 'map') this.#readWordlessLink(attributes.get('href'), attributes);
    return false;
  }

  #readVoid(name: string, attributes: Attributes): void {
    if (name === 'br' || name === 'wbr') {
      if (name === 'br') this.#text.breakLine(this.#stack.context);
    } else if (name === 'hr') {
      this.#text.flush(this.#stack.context);
      this.#stack.popImplied(traitsOf(name).closes);
    } else if (name === 'meta') {
      this.#metadata.readMeta(attributes);
    } else if (name === 'link') {
      this.#metadata.readLink(attributes);
    } else if (name === 'base') {
      if (this.#metadata.base === '') this.#metadata.base = attributes.get('href')?.trim() ?? '';
    } else if (name === 'img') {
      this.#text.describeLink(attributes.get('alt') ?? '');
    } else if (name === 'area') {
      this.#readWordlessLink(attributes.get('href'), attributes);
    } else if (name === 'frame') {
      this.#readWordlessLink(attributes.get('src'), attributes);
    }
  }

  /** Of an area of a picture, or to a page in a frame: no words stand inside. */
  #readWordlessLink(url: string | undefined, attributes: Attributes): void {
    const href = url?.trim() ?? '';
    const said = attributes.get('alt') ?? attributes.get('title') ?? '';
    const nofollow = NOFOLLOW.test(attributes.get('rel') ?? '');
    if (href !== '') this.#text.addLink(href, said, nofollow, this.#stack.context.inMenu);
  }

  #skip(name: string, attributes: Attributes): void {
    if (name === 'iframe') this.#readWordlessLink(attributes.get('src'), attributes);
    this.#stack.skip(name);
    this.#property.skip(name);
    // Words on both sides of a skipped element are not one word.
    if (name !== 'script' && name !== 'style') this.#text.appendSpace(SPACE, this.#stack.context.kind);
    if (name === 'title' && this.#foreignDepth === 0 && this.#metadata.title === '') {
      this.#aside = { name, text: '' };
    } else if (name === 'script' && /ld\+json/i.test(attributes.get('type') ?? '')) {
      this.#aside = { name, text: '' };
    }
  }

  #closeAside(): void {
    const aside = this.#aside;
    this.#aside = undefined;
    if (aside?.name === 'title') {
      this.#metadata.title = collapseSpaces(aside.text.slice(0, MAX_SCRIPT_LENGTH)).slice(
        0,
        MAX_TITLE_LENGTH,
      );
    } else if (aside?.name === 'script') {
      this.#metadata.readStructuredData(aside.text);
    }
  }

  /** A property says what it is in an attribute, for programs, or else in its text. */
  #openProperty(element: string, attributes: Attributes): void {
    const property = attributes.get('itemprop')?.trim().toLowerCase() ?? '';
    const said = attributes.get('content') ?? attributes.get('datetime');
    if (said !== undefined) this.#metadata.noteProperty(property, said);
    else if (!traitsOf(element).isSkipped) {
      this.#property.begin(element, property, attributes.has('itemscope'));
    }
  }

  #closeProperty(element: string): void {
    const said = this.#property.close(element);
    if (said === undefined) return;
    this.#metadata.noteProperty(this.#property.name, said);
    this.#property.end();
  }

  #openLink(attributes: Attributes): void {
    const href = attributes.get('href')?.trim() ?? '';
    // A link with an id is the source of a footnote more often than a place to go to.
    if (href === '') this.#setAnchor(attributes.get('id') ?? attributes.get('name') ?? '');
    if (this.#isHidden(attributes)) return this.#skip('a', attributes);
    if (href === '') return this.#text.closeLink();
    this.#text.openLink(href, NOFOLLOW.test(attributes.get('rel') ?? ''), this.#stack.context.inMenu);
  }

  #openBlock(name: string, traits: ElementTraits, attributes: Attributes): void {
    this.#beginBlock(name, traits);
    this.#stack.popImplied(traits.closes);
    if (attributes.size === 0) return this.#openPlainBlock(name, traits);
    const language = attributes.get('lang') ?? attributes.get('xml:lang');
    if (name === 'html' && language !== undefined) this.#metadata.language = language.slice(0, 35);
    if (name === 'html' || name === 'body') return;
    if (name === 'frameset' && this.#text.isEmpty) this.#isFrameset = true;
    if (this.#isHidden(attributes)) return this.#skip(name, attributes);
    const context = this.#contextOf(name, traits, attributes, language);
    const id = attributes.get('id');
    if (id !== undefined && !context.inMenu) this.#setAnchor(id);
    this.#stack.push(name, traits, context);
  }

  /** What came before is a block, or a cell of one. */
  #beginBlock(name: string, { isTablePart }: ElementTraits): void {
    const { context } = this.#stack;
    if (!isTablePart) return this.#text.flush(context);
    if (name === 'td' || name === 'th') return this.#text.endCell(context);
    if (name === 'table') this.#text.flush(context);
    this.#text.beginRow(context);
  }

  #endBlock(name: string, { isTablePart }: ElementTraits): void {
    const { context } = this.#stack;
    if (!isTablePart) this.#text.flush(context);
    else if (name === 'td' || name === 'th') this.#text.endCell(context);
    else this.#text.endRow(context);
  }

  /** A block that says nothing of itself but its name. */
  #openPlainBlock(name: string, traits: ElementTraits): void {
    if (name === 'html' || name === 'body') return;
    if (name === 'frameset' && this.#text.isEmpty) this.#isFrameset = true;
    this.#stack.push(name, traits, this.#contextOf(name, traits, NO_ATTRIBUTES));
  }

  #openInline(name: string, traits: ElementTraits, attributes: Attributes): void {
    if (traits.isSpaced) this.#text.appendSpace(SPACE, this.#stack.context.kind);
    if (attributes.size === 0) {
      if (name === 'span' && this.#stack.context.noSnippet)
        this.#stack.push(name, traits, this.#stack.context);
      return;
    }
    if (this.#isHidden(attributes)) return this.#skip(name, attributes);
    if (name === 'time' && this.#metadata.time === '' && !this.#stack.context.inMenu) {
      this.#metadata.time = attributes.get('datetime') ?? '';
    }
    const id = attributes.get('id');
    if (id !== undefined) this.#setAnchor(id);
    if (name !== 'span') return;
    // Spans are kept on the stack only where text must not be quoted, to know which end tag ends that.
    const context = this.#stack.context;
    if (attributes.has('data-nosnippet')) {
      this.#text.flush(context);
      this.#stack.push(name, traits, { ...context, noSnippet: true });
    } else if (context.noSnippet) {
      this.#stack.push(name, traits, context);
    }
  }

  #closeInline(name: string, traits: ElementTraits): void {
    if (traits.isSpaced) this.#text.appendSpace(SPACE, this.#stack.context.kind);
    const context = this.#stack.context;
    if (name !== 'span' || !context.noSnippet) return;
    this.#stack.close(name);
    if (!this.#stack.context.noSnippet) this.#text.flush(context);
  }

  #contextOf(
    name: string,
    traits: ElementTraits,
    attributes: Attributes,
    declaredLanguage?: string,
  ): ElementContext {
    const outer = this.#stack.context;
    const kind = traits.kind ?? outer.kind;
    const classes = attributes.get('class') ?? '';
    const id = attributes.get('id') ?? '';
    const role = attributes.get('role')?.toLowerCase() ?? '';
    const inMain = outer.inMain || name === 'main' || role === 'main';
    const isMenu =
      traits.isMenu ||
      (role !== '' && MENU_ROLES.has(role)) ||
      (name === 'header' && !inMain && !this.#stack.isOpen('article')) ||
      (traits.isCarrier && isMenuByName(classes, id));
    // The name of the page often stands in its header.
    const isTitle = name === 'h1' && this.#stack.isOpen('header');
    return {
      kind,
      level: kind !== 'heading' ? 0 : traits.level === 0 ? outer.level : traits.level,
      inMenu: (outer.inMenu || isMenu) && !isTitle,
      inMain,
      noSnippet: outer.noSnippet || attributes.has('data-nosnippet'),
      container: traits.isContainer
        ? this.#containers.add(outer.container, name, classes, id, attributes.get('style') ?? '')
        : outer.container,
      language: declaredLanguage === undefined ? outer.language : this.#languageOf(declaredLanguage),
    };
  }

  /** Code of the language of a tag; empty where the whole page is declared to be in it. */
  #languageOf(tag: string): string {
    const code = languageOfTag(tag)?.code ?? '';
    return code === languageOfTag(this.#metadata.language)?.code ? '' : code;
  }

  #isHidden(attributes: Attributes): boolean {
    const hidden = attributes.get('hidden');
    if (hidden !== undefined && hidden.toLowerCase() !== 'until-found') return true;
    return isInvisibleStyle(attributes.get('style') ?? '');
  }

  /** The block that is open gets it too: headings often hold their anchor. */
  #setAnchor(id: string): void {
    const anchor = id.trim();
    if (anchor === '' || anchor.length > 200 || /\s/.test(anchor)) return;
    this.#text.anchor = anchor;
  }
}
