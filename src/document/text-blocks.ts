/** Collects the text of a page block by block, with what its links say. */

import type { SectionKind } from './document.ts';
import type { ElementContext } from './element-stack.ts';
import { PageText, type TextRange } from './page-text.ts';
import { areColumns, type Cell, TableRow } from './table-row.ts';

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
  /** Where it begins in the text of the page, for pages with one. */
  readonly start?: number;
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
/** Of a link that is open for long, so much is looked at. */
const MAX_LINK_LENGTH = 4 * MAX_LINK_TEXT;

/** A block whose text is known at the end of the page. */
type OpenBlock = Omit<TextBlock, 'text' | 'start'> & { text: string; start: number; readonly end: number };

/** The same of a link: `text` is what an image says, before what stands in the page. */
type OpenLink = Omit<FoundLink, 'block'> & { block: number; start: number; end: number };

const [TAB, LINE_FEED] = [0x09, 0x0a] as const;

export class TextBlocks {
  readonly blocks: OpenBlock[] = [];
  readonly links: OpenLink[] = [];
  /** Something was left out because of a limit. */
  isCut = false;
  areLinksCut = false;
  readonly #text = new PageText();
  #linkLength = 0;
  #length = 0;
  #anchor = '';
  #link: OpenLink | undefined;
  /** Where the open block begins, and the first of its links. */
  #blockStart = 0;
  #firstLink = 0;
  /** Where the last line break stood. */
  #lineBreak = -1;
  /** Cells that the open block holds; blocks that there were when their row began. */
  readonly #row = new TableRow();
  #rowStart = 0;

  /** The nearest `id`: later blocks can be linked to by it. */
  set anchor(id: string) {
    this.#anchor = id;
  }

  /** Nothing but white space so far. */
  get isEmpty(): boolean {
    return this.blocks.length === 0 && this.#text.isBlank;
  }

  /** Appends `source.slice(start, end)`, which stands in a block of that kind. */
  append(source: string, start: number, end: number, kind: SectionKind): void {
    const left = MAX_TEXT_LENGTH - this.#length;
    if (left <= 0 || this.blocks.length >= MAX_BLOCKS) {
      this.isCut = true;
      return;
    }
    const last = Math.min(end, start + left);
    this.#length += last - start;
    const length = this.#text.append(source, start, last, kind === 'code');
    if (this.#link !== undefined) this.#linkLength += length;
  }

  /** Appends white space. */
  appendSpace(unit: number, kind: SectionKind): void {
    if (this.#length >= MAX_TEXT_LENGTH) return;
    this.#length += 1;
    this.#text.appendSpace(unit, kind === 'code');
  }

  /** A line ends; where another one ended just before, a paragraph does. */
  breakLine(context: ElementContext): void {
    const { kind } = context;
    const { place } = this.#text;
    const isParagraph = place === this.#lineBreak && kind !== 'code' && kind !== 'heading';
    this.#lineBreak = place;
    if (isParagraph && !this.#text.isBlank) this.flush(context);
    else this.appendSpace(LINE_FEED, kind);
  }

  /** Ends the current block; what follows stands in `context`, what came before stood in it too. */
  flush(context: ElementContext): void {
    this.#flush(context, true);
  }

  /** Ends the current block, for a row of a table begins, or another part of it. */
  beginRow(context: ElementContext): void {
    this.#flush(context, false);
    this.#rowStart = this.blocks.length;
  }

  /** Ends the current block, and the row of a table that it is. */
  endRow(context: ElementContext): void {
    this.#flush(context, false);
  }

  /** Ends a cell that stands in `context`, or begins the next one: a tab parts them, where the row is one block. */
  endCell(context: ElementContext): void {
    if (this.blocks.length > this.#rowStart) return this.flush(context);
    this.#noteCell(context);
    this.appendSpace(TAB, context.kind);
  }

  /** `isInside` a cell: then the cells before it are blocks of their own, as what stands in it is. */
  #flush(context: ElementContext, isInside: boolean): void {
    if (!this.#row.isEmpty) this.#noteCell(context);
    const cells = this.#row.take();
    const range = this.#text.endBlock(context.kind);
    // Where white space was taken out of the block afterwards, nobody knows where its cells are.
    const arePlaces = range !== undefined && cells.at(-1)?.end === range.end;
    if (arePlaces && (isInside || areColumns(cells))) for (const cell of cells) this.#addCell(cell);
    else if (range !== undefined) this.#addBlock(context, range, this.#linkLength);
    this.#linkLength = 0;
    this.#blockStart = this.#text.place;
    this.#firstLink = this.links.length;
  }

  #noteCell(context: ElementContext): void {
    const range = { start: this.#row.end ?? this.#blockStart, end: this.#text.place };
    const links = this.links.length - this.#firstLink;
    this.#row.note(this.#text.trimmed(range), context, this.#linkLength, links);
  }

  #addCell(cell: Cell): void {
    for (let i = this.#firstLink; i < this.links.length; i++) {
      const link = this.links[i] as OpenLink;
      if (link.start >= cell.start) link.block = this.blocks.length;
    }
    this.#addBlock(cell.context, cell, cell.linkLength);
  }

  #addBlock(context: ElementContext, { start, end }: TextRange, linkLength: number): void {
    const { kind, level, inMenu, inMain, noSnippet, container, language } = context;
    this.blocks.push({
      kind,
      level,
      anchor: this.#anchor,
      text: '',
      start,
      end,
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
  }

  addLink(href: string, text: string, nofollow: boolean, inMenu: boolean): OpenLink | undefined {
    if (this.links.length >= MAX_LINKS) {
      this.areLinksCut = true;
      return undefined;
    }
    const start = this.#text.place;
    const link = { href, text, nofollow, inMenu, block: this.blocks.length, start, end: start };
    this.links.push(link);
    return link;
  }

  /** An image says something where a link has no text. */
  describeLink(alt: string): void {
    const link = this.#link;
    if (link === undefined || alt === '' || link.text !== '' || !this.#text.isBlankFrom(link.start)) return;
    link.text = collapseSpaces(alt).slice(0, MAX_LINK_TEXT);
    link.start = this.#text.place;
  }

  closeLink(): void {
    if (this.#link !== undefined) this.#link.end = this.#text.place;
    this.#link = undefined;
  }

  /** Gives blocks and links their text, which is returned as a whole. Nothing may be appended any more. */
  finish(): string {
    this.closeLink();
    const text = this.#text.finish();
    for (const block of this.blocks) block.text = text.slice(block.start, block.end);
    for (const link of this.links) {
      if (link.start >= link.end) continue;
      const { start, end } = this.#text.trimmed(link);
      const said = collapseSpaces(text.slice(start, Math.min(end, start + MAX_LINK_LENGTH)));
      if (said !== '') link.text = (link.text === '' ? said : `${link.text} ${said}`).slice(0, MAX_LINK_TEXT);
    }
    return text;
  }
}

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
