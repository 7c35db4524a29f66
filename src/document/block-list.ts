/** Gathers text in blocks, for readers of formats whose parts say themselves what they are. */

import type { Section, SectionKind } from './document.ts';
import { toSections } from './main-text.ts';
import { collapseSpaces, type FoundLink, MAX_LINKS, MAX_TEXT_LENGTH, type TextBlock } from './text-blocks.ts';

const MAX_BLOCKS = 100_000;

export class BlockList {
  readonly links: FoundLink[] = [];
  readonly #blocks: TextBlock[] = [];
  #text = '';
  #length = 0;

  /** No more is taken: text or blocks have reached their limit. */
  get isFull(): boolean {
    return this.#length >= MAX_TEXT_LENGTH || this.#blocks.length >= MAX_BLOCKS;
  }

  /** Appends to the text of the block that is open. */
  append(text: string): void {
    if (this.#length + this.#text.length < MAX_TEXT_LENGTH) this.#text += text;
  }

  /** Ends the open block; tabs and line feeds stay in a table. Nothing where there is no text. */
  flush(kind: SectionKind, level = 0): void {
    const text = kind === 'table' ? tableText(this.#text) : collapseSpaces(this.#text);
    this.#text = '';
    if (text === '' || this.isFull) return;
    this.#length += text.length;
    const place = { anchor: '', linkLength: 0, inMenu: false, inMain: false, noSnippet: false };
    this.#blocks.push({ kind, level: kind === 'heading' ? level : 0, text, ...place });
  }

  addLink(href: string, text: string): void {
    if (href === '' || this.links.length >= MAX_LINKS) return;
    this.links.push({ href, text, nofollow: false, inMenu: false, block: -1 });
  }

  sections(): Section[] {
    this.flush('text');
    return toSections(this.#blocks);
  }
}

function tableText(text: string): string {
  // Rows are trimmed one by one: an expression for tabs before a line's end looks at a row of empty cells from each of them.
  return text
    .replaceAll(/[^\S\t\n]+/g, ' ')
    .replaceAll(/ ?([\t\n]) ?/g, '$1')
    .split('\n')
    .map((row) => row.trimEnd())
    .filter((row) => row !== '')
    .join('\n')
    .trim();
}
