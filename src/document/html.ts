/** Reads HTML in one pass: text in sections, links, and what the page says of itself. */

import type { ExtractedContent } from './extracted.ts';
import { type ElementContext, ElementStack } from './element-stack.ts';
import {
  BLOCK_ELEMENTS,
  CLOSED_BY,
  CONTAINERS,
  isInvisibleStyle,
  isMenuByName,
  KIND_OF_ELEMENT,
  LEAVES_FOREIGN,
  MENU_ELEMENTS,
  MENU_ROLES,
  SKIPPED_ELEMENTS,
  SPACED_ELEMENTS,
  TABLE_PARTS,
  VOID_ELEMENTS,
} from './html-elements.ts';
import { LinkResolver } from './link-resolver.ts';
import { Containers } from './main-container.ts';
import { markMenus, toSections } from './main-text.ts';
import { type Attributes, type MarkupHandler, type MarkupSource, readMarkup } from './markup-reader.ts';
import { MAX_META_LENGTH, MAX_TITLE_LENGTH, PageMetadata } from './page-metadata.ts';
import { collapseSpaces, TextBlocks } from './text-blocks.ts';

const MAX_SCRIPT_LENGTH = 262_144;
/** The end tag of one heading ends another. */
const HEADINGS: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
const NOFOLLOW = /(?:^|\s)(?:nofollow|ugc|sponsored)(?:\s|$)/i;

/** Reads a page. `now_ms` (when it was fetched) judges its dates; `read` finds the tags. */
export function readHtml(
  markup: string,
  url: string,
  now_ms: number,
  read: MarkupSource = readMarkup,
): ExtractedContent {
  const reader = new HtmlReader(now_ms);
  read(markup, reader);
  return reader.finish(url);
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
    if (VOID_ELEMENTS.has(name)) return this.#readVoid(name, attributes);
    if (attributes.has('itemprop') && !this.#stack.context.inMenu) this.#metadata.readProperty(attributes);
    if (SKIPPED_ELEMENTS.has(name)) return this.#skip(name, attributes);
    if (name === 'a') return this.#openLink(attributes);
    if (BLOCK_ELEMENTS.has(name)) return this.#openBlock(name, attributes);
    this.#openInline(name, attributes);
  }

  close(name: string): void {
    if (name === 'svg' || name === 'math') this.#foreignDepth = Math.max(0, this.#foreignDepth - 1);
    if (this.#stack.skipped !== undefined) {
      if (this.#aside?.name === name) this.#closeAside();
      if (this.#stack.closeInSkipped(name)) return;
    }
    if (name === 'a') return this.#text.closeLink();
    if (name === 'br') return this.#text.append('\n');
    if (!BLOCK_ELEMENTS.has(name)) {
      this.#closeInline(name);
      return;
    }
    // The end of what was never begun ends nothing, but `</p>` makes an empty paragraph.
    const open = HEADINGS.has(name) ? (this.#stack.nearest(HEADINGS) ?? name) : name;
    if (name !== 'p' && name !== 'body' && name !== 'html' && !this.#stack.isOpen(open)) return;
    if (name === 'td' || name === 'th') this.#text.append('\t');
    else this.#text.flush(this.#stack.context);
    this.#stack.close(open);
  }

  text(text: string): void {
    if (this.#aside !== undefined) {
      if (this.#aside.text.length < MAX_SCRIPT_LENGTH) this.#aside.text += text;
      return;
    }
    if (this.#stack.skipped === undefined && !this.#isFrameset) this.#text.append(text);
  }

  finish(url: string): ExtractedContent {
    this.#closeAside();
    this.#text.flush(this.#stack.context);
    const { blocks, links } = this.#text;
    markMenus(blocks, this.#containers);
    const sections = toSections(blocks);
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
    if (stack.skippedIsEmpty && CLOSED_BY[name]?.has(skipped) === true) {
      stack.endSkip();
      return true;
    }
    if (!VOID_ELEMENTS.has(name) && !(isSelfClosed && this.#foreignDepth > 0)) stack.openInSkipped(name);
    // Menus that open on a click are hidden, and their links lead somewhere all the same.
    if (name === 'a' && !SKIPPED_ELEMENTS.has(skipped)) {
      const href = attributes.get('href')?.trim() ?? '';
      if (href !== '') this.#text.addLink(href, '', NOFOLLOW.test(attributes.get('rel') ?? ''), true);
    }
    return false;
  }

  #readVoid(name: string, attributes: Attributes): void {
    if (name === 'br' || name === 'wbr') {
      if (name === 'br') this.#text.append('\n');
    } else if (name === 'hr') {
      this.#flushFor(name);
    } else if (name === 'meta') {
      this.#metadata.readMeta(attributes);
    } else if (name === 'link') {
      this.#metadata.readLink(attributes);
    } else if (name === 'base') {
      if (this.#metadata.base === '') this.#metadata.base = attributes.get('href')?.trim() ?? '';
    } else if (name === 'img') {
      this.#text.describeLink(attributes.get('alt') ?? '');
    } else if (name === 'area' || name === 'frame') {
      const href = attributes.get(name === 'area' ? 'href' : 'src')?.trim() ?? '';
      const said = attributes.get('alt') ?? attributes.get('title') ?? '';
      const nofollow = NOFOLLOW.test(attributes.get('rel') ?? '');
      if (href !== '') this.#text.addLink(href, said, nofollow, this.#stack.context.inMenu);
    }
  }

  #skip(name: string, attributes: Attributes): void {
    this.#stack.skip(name);
    // Words on both sides of a skipped element are not one word.
    if (name !== 'script' && name !== 'style') this.#text.append(' ');
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

  #openLink(attributes: Attributes): void {
    const href = attributes.get('href')?.trim() ?? '';
    // A link with an id is the source of a footnote more often than a place to go to.
    if (href === '') this.#setAnchor(attributes.get('id') ?? attributes.get('name') ?? '');
    if (this.#isHidden(attributes)) return this.#skip('a', attributes);
    if (href === '') return this.#text.closeLink();
    this.#text.openLink(href, NOFOLLOW.test(attributes.get('rel') ?? ''), this.#stack.context.inMenu);
  }

  #openBlock(name: string, attributes: Attributes): void {
    if (name === 'td' || name === 'th') {
      this.#text.append('\t');
      this.#stack.popImplied(CLOSED_BY[name] ?? new Set());
    } else {
      this.#flushFor(name);
    }
    const language = attributes.get('lang') ?? attributes.get('xml:lang');
    if (name === 'html' && language !== undefined) this.#metadata.language = language.slice(0, 35);
    if (name === 'html' || name === 'body') return;
    if (name === 'frameset' && this.#text.isEmpty) this.#isFrameset = true;
    if (this.#isHidden(attributes)) return this.#skip(name, attributes);
    const context = this.#contextOf(name, attributes);
    const id = attributes.get('id');
    if (id !== undefined && !context.inMenu) this.#setAnchor(id);
    this.#stack.push(name, context);
  }

  #openInline(name: string, attributes: Attributes): void {
    if (SPACED_ELEMENTS.has(name)) this.#text.append(' ');
    if (attributes.size === 0) {
      if (name === 'span' && this.#stack.context.noSnippet) this.#stack.push(name, this.#stack.context);
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
      this.#stack.push(name, { ...context, noSnippet: true });
    } else if (context.noSnippet) {
      this.#stack.push(name, context);
    }
  }

  #closeInline(name: string): void {
    if (SPACED_ELEMENTS.has(name)) this.#text.append(' ');
    const context = this.#stack.context;
    if (name !== 'span' || !context.noSnippet) return;
    this.#stack.close(name);
    if (!this.#stack.context.noSnippet) this.#text.flush(context);
  }

  #flushFor(name: string): void {
    this.#text.flush(this.#stack.context);
    this.#stack.popImplied(CLOSED_BY[name] ?? new Set());
  }

  #contextOf(name: string, attributes: Attributes): ElementContext {
    const outer = this.#stack.context;
    const kind = KIND_OF_ELEMENT[name] ?? outer.kind;
    const classes = attributes.get('class') ?? '';
    const id = attributes.get('id') ?? '';
    const role = attributes.get('role')?.toLowerCase() ?? '';
    const inMain = outer.inMain || name === 'main' || role === 'main';
    const isMenu =
      MENU_ELEMENTS.has(name) ||
      MENU_ROLES.has(role) ||
      (name === 'header' && !inMain && !this.#stack.isOpen('article')) ||
      isMenuByName(name, classes, id);
    // The name of the page often stands in its header.
    const isTitle = name === 'h1' && this.#stack.isOpen('header');
    return {
      kind,
      level: kind === 'heading' ? Number(/^h([1-6])$/.exec(name)?.[1] ?? outer.level) : 0,
      inMenu: (outer.inMenu || isMenu) && !isTitle,
      inMain,
      noSnippet: outer.noSnippet || attributes.has('data-nosnippet'),
      container: CONTAINERS.has(name)
        ? this.#containers.add(outer.container, name, classes, id)
        : outer.container,
    };
  }

  #isHidden(attributes: Attributes): boolean {
    if (attributes.size === 0) return false;
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
