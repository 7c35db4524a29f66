/** Collects the text of a page block by block, with what its links say. */

import type { SectionKind } from './document.ts';
import type { ElementContext } from './element-stack.ts';

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
  #buffer = '';
  #linkLength = 0;
  #length = 0;
  #anchor = '';
  #link: FoundLink | undefined;

  /** The nearest `id`: later blocks can be linked to by it. */
  set anchor(id: string) {
    this.#anchor = id;
  }

  /** Nothing but white space so far. */
  get isEmpty(): boolean {
    return this.blocks.length === 0 && this.#buffer.trim() === '';
  }

  get inLink(): boolean {
    return this.#link !== undefined;
  }

  append(text: string): void {
    if (this.#length >= MAX_TEXT_LENGTH) {
      this.isCut = true;
      return;
    }
    const kept =
      text.length > MAX_TEXT_LENGTH - this.#length ? text.slice(0, MAX_TEXT_LENGTH - this.#length) : text;
    this.#length += kept.length;
    this.#buffer += kept;
    const link = this.#link;
    if (link !== undefined) {
      this.#linkLength += kept.trim().length;
      if (link.text.length < MAX_LINK_TEXT) link.text += kept.slice(0, MAX_LINK_TEXT);
    }
  }

  /** Ends the current block; what follows stands in `context`, what came before stood in it too. */
  flush(context: ElementContext): void {
    if (this.#buffer === '') return;
    const text = collapse(this.#buffer, context.kind);
    const linkLength = this.#linkLength;
    this.#buffer = '';
    this.#linkLength = 0;
    if (text === '') return;
    if (this.blocks.length >= MAX_BLOCKS) {
      this.isCut = true;
      return;
    }
    const { kind, level, inMenu, inMain, noSnippet, container } = context;
    const anchor = this.#anchor;
    this.blocks.push({ kind, level, anchor, text, linkLength, inMenu, inMain, noSnippet, container });
  }

  openLink(href: string, nofollow: boolean, inMenu: boolean): void {
    this.closeLink();
    this.#link = this.addLink(href, '', nofollow, inMenu);
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
    if (this.#link !== undefined && this.#link.text.trim() === '')
      this.#link.text = alt.slice(0, MAX_LINK_TEXT);
  }

  closeLink(): void {
    this.#link = undefined;
  }
}

/** White space becomes single spaces; tabs part the cells of a table; code keeps its lines. */
function collapse(text: string, kind: SectionKind): string {
  if (kind === 'code') return text.replace(/^\s*\n/, '').trimEnd();
  if (kind === 'table')
    return text
      .replaceAll(/\s*\t\s*/g, '\t')
      .replaceAll(/[^\S\t]+/g, ' ')
      .trim();
  const collapsed = collapseSpaces(text);
  const said = kind === 'heading' && collapsed.endsWith('#') ? collapsed.replace(/\s+#$/, '') : collapsed;
  return said.endsWith('¶') || said.endsWith('🔗') ? said.replace(PERMALINK, '') : said;
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
