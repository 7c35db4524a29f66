/** Collects the text of a page block by block, with what its links say. */

import type { SectionKind } from './document.ts';
import type { ElementContext } from './element-stack.ts';
import { TextBuffer } from './text-buffer.ts';

export interface TextBlock {
  kind: SectionKind;
  readonly level: number;
  readonly anchor: string;
  readonly text: string;
  /** Characters of the text that are links. */
  readonly linkLength: number;
  readonly inMenu: boolean;
  readonly inMain: boolean;
  readonly noSnippet: boolean;
  /** Number of the element around it, for pages with elements. */
  readonly container?: number;
  /** As declared, or empty. */
  readonly language?: string;
}

/** A link as it was found; what it belongs to is known once its block is. */
export interface FoundLink {
  readonly href: string;
  text: string;
  readonly nofollow: boolean;
  readonly inMenu: boolean;
  /** Index of the block that it stands in. */
  readonly block: number;
}

/** Characters of text kept of a page. */
export const MAX_TEXT_LENGTH = 8_000_000;
export const MAX_LINKS = 20_000;
const MAX_BLOCKS = 200_000;
export const MAX_LINK_TEXT = 500;

export class TextBlocks {
  readonly blocks: TextBlock[] = [];
  readonly links: FoundLink[] = [];
  /** Something was left out because of a limit. */
  isCut = false;
  areLinksCut = false;
  readonly #buffer = new TextBuffer();
  #linkLength = 0;
  #length = 0;
  #anchor = '';
  #link: FoundLink | undefined;
  /** Where the text of the open link begins in the buffer. */
  #linkStart = 0;

  /** The nearest `id`: later blocks can be linked to by it. */
  set anchor(id: string) {
    this.#anchor = id;
  }

  /** Nothing but white space so far. */
  get isEmpty(): boolean {
    return this.blocks.length === 0 && this.#buffer.isBlank;
  }

  /** Appends `source.slice(start, end)`. */
  append(source: string, start: number, end: number): void {
    const left = MAX_TEXT_LENGTH - this.#length;
    if (left <= 0) {
      this.isCut = true;
      return;
    }
    const last = Math.min(end, start + left);
    this.#length += last - start;
    const before = this.#buffer.length;
    this.#buffer.append(source, start, last);
    if (this.#link !== undefined) this.#linkLength += this.#buffer.trimmedLength(before);
  }

  /** Appends white space. */
  appendSpace(unit: number): void {
    if (this.#length >= MAX_TEXT_LENGTH) return;
    this.#length += 1;
    this.#buffer.appendUnit(unit);
  }

  /** Ends the current block; what follows stands in `context`, what came before stood in it too. */
  flush(context: ElementContext): void {
    if (this.#buffer.length === 0) return;
    if (this.#link !== undefined) {
      this.#takeLinkText(this.#link);
      this.#linkStart = 0;
    }
    const text = this.#takeText(context.kind);
    const linkLength = this.#linkLength;
    this.#linkLength = 0;
    if (text === '') return;
    if (this.blocks.length >= MAX_BLOCKS) {
      this.isCut = true;
      return;
    }
    const { kind, level, inMenu, inMain, noSnippet, container, language } = context;
    const anchor = this.#anchor;
    this.blocks.push({
      kind,
      level,
      anchor,
      text,
      linkLength,
      inMenu,
      inMain,
      noSnippet,
      container,
      language,
    });
  }

  openLink(href: string, nofollow: boolean, inMenu: boolean): void {
    this.closeLink();
    this.#link = this.addLink(href, '', nofollow, inMenu);
    this.#linkStart = this.#buffer.length;
  }

  addLink(href: string, text: string, nofollow: boolean, inMenu: boolean): FoundLink | undefined {
    if (this.links.length >= MAX_LINKS) {
      this.areLinksCut = true;
      return undefined;
    }
    const link = { href, text, nofollow, inMenu, block: this.blocks.length };
    this.links.push(link);
    return link;
  }

  /** An image says something where a link has no text. */
  describeLink(alt: string): void {
    const link = this.#link;
    if (link === undefined || alt === '') return;
    this.#takeLinkText(link);
    this.#linkStart = this.#buffer.length;
    if (link.text === '') link.text = collapseSpaces(alt).slice(0, MAX_LINK_TEXT);
  }

  closeLink(): void {
    if (this.#link !== undefined) this.#takeLinkText(this.#link);
    this.#link = undefined;
  }

  /** What stands in the buffer since the link began, behind what stood in blocks before. */
  #takeLinkText(link: FoundLink): void {
    if (link.text.length >= MAX_LINK_TEXT) return;
    const said = this.#buffer.collapsed(this.#linkStart);
    if (said === '') return;
    link.text = (link.text === '' ? said : `${link.text} ${said}`).slice(0, MAX_LINK_TEXT);
  }

  /** White space becomes single spaces; tabs part the cells of a table; code keeps its lines. */
  #takeText(kind: SectionKind): string {
    const buffer = this.#buffer;
    const text =
      kind === 'code'
        ? buffer
            .raw()
            .replace(/^\s*\n/, '')
            .trimEnd()
        : buffer.collapsed(0, kind === 'table');
    buffer.clear();
    if (kind === 'code' || kind === 'table') return text;
    const said = kind === 'heading' && text.endsWith('#') ? text.replace(/\s+#$/, '') : text;
    return said.endsWith('¶') || said.endsWith('🔗') ? said.replace(PERMALINK, '') : said;
  }
}

/** Signs that makers of documentation hang on headings as links to themselves. */
const PERMALINK = /\s*(?:¶|🔗)$/u;

/** Surely nothing to do: most texts are short and clean, and a look at them is cheaper than a replacement. */
function isCollapsed(text: string): boolean {
  // As if white space stood before the beginning.
  let before = 0x20;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || (unit === 0x20 && before === 0x20) || (unit >= 0x7f && isSpace(unit))) return false;
    before = unit;
  }
  return before !== 0x20 || text === '';
}

const SPACE = /\s/;

function isSpace(unit: number): boolean {
  // No-break space; the others stand in one neighbourhood, or mark the order of bytes.
  if (unit < 0x1680) return unit === 0xa0;
  return (unit < 0x3001 || unit === 0xfeff) && SPACE.test(String.fromCharCode(unit));
}

/** White space that is no single space: those, most of all, stay as they are. */
const SPACES = /[^\S ]\s*| \s+/g;

/** White space to single spaces, none at the ends. */
export function collapseSpaces(text: string): string {
  return isCollapsed(text) ? text : text.replaceAll(SPACES, ' ').trim();
}
