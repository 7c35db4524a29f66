/** The open elements of a page, as deep as matters. */

import type { SectionKind } from './document.ts';
import { type ElementTraits, HOLDS_HTML, TABLE_PARTS } from './html-elements.ts';

/** What an element means for the text inside it. */
export interface ElementContext {
  readonly kind: SectionKind;
  /** 1 … 6 inside a heading, else 0. */
  readonly level: number;
  readonly inMenu: boolean;
  readonly inMain: boolean;
  readonly noSnippet: boolean;
  /** Number of the element around it that holds others: see main-container.ts. */
  readonly container: number;
  /** Code of the language that the nearest element declares, below the root of the page; or empty. */
  readonly language: string;
}

const PAGE_CONTEXT: ElementContext = {
  kind: 'text',
  level: 0,
  inMenu: false,
  inMain: false,
  noSnippet: false,
  container: 0,
  language: '',
};

interface OpenElement {
  readonly name: string;
  /** Of those whose end tags may be left out. */
  readonly bit: number;
  readonly context: ElementContext;
}

/** Deeper elements are read as if they weren't there: nobody nests so deep to be read. */
const MAX_DEPTH = 512;
/** Names inside one skipped element; a page of nonsense names can't fill memory. */
const MAX_SKIPPED_NAMES = 256;

/**
 * Holds structure only: inline elements are never pushed. An element that is skipped with all its content (hidden, a
 * script, a drawing) is on top until its end tag, or that of an element around it, comes.
 */
export class ElementStack {
  /** Open elements are the first {@link #depth}; what is behind them was. */
  readonly #open: OpenElement[] = [];
  #depth = 0;
  #context = PAGE_CONTEXT;
  #skipped: string | undefined;
  /** Open elements inside the skipped one, by name. */
  readonly #inside = new Map<string, number>();

  get context(): ElementContext {
    return this.#context;
  }

  /** Name of the element whose content is being skipped. */
  get skipped(): string | undefined {
    return this.#skipped;
  }

  push(name: string, { bit }: Pick<ElementTraits, 'bit'>, context: ElementContext): void {
    if (this.#depth >= MAX_DEPTH) return;
    this.#open[this.#depth] = { name, bit, context };
    this.#depth += 1;
    this.#context = context;
  }

  /** Closes elements on top that have one of these bits: their end tags were left out. */
  popImplied(bits: number): void {
    if (bits === 0) return;
    let depth = this.#depth;
    while (depth > 0 && ((this.#open[depth - 1] as OpenElement).bit & bits) !== 0) depth -= 1;
    if (depth < this.#depth) this.#cut(depth);
  }

  /** True when the element was open; everything inside it is closed too. */
  close(name: string): boolean {
    const index = this.#indexOf(name);
    if (index >= 0) this.#cut(index);
    return index >= 0;
  }

  isOpen(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  /** The innermost open element of these. */
  nearest(names: ReadonlySet<string>): string | undefined {
    for (let i = this.#depth - 1; i >= 0; i--) {
      const { name } = this.#open[i] as OpenElement;
      if (names.has(name)) return name;
    }
    return undefined;
  }

  /** Of the innermost open element of that name; -1 where there is none. */
  #indexOf(name: string): number {
    let index = this.#depth - 1;
    while (index >= 0 && (this.#open[index] as OpenElement).name !== name) index -= 1;
    return index;
  }

  #cut(depth: number): void {
    this.#depth = depth;
    this.#context = depth === 0 ? PAGE_CONTEXT : (this.#open[depth - 1] as OpenElement).context;
  }

  skip(name: string): void {
    this.#skipped = name;
    this.#inside.clear();
  }

  /** A start tag inside the skipped element. */
  openInSkipped(name: string): void {
    const count = this.#inside.get(name);
    if (count !== undefined || this.#inside.size < MAX_SKIPPED_NAMES)
      this.#inside.set(name, (count ?? 0) + 1);
  }

  /** An end tag inside the skipped element; false when it ended the skipping and must be looked at. */
  closeInSkipped(name: string): boolean {
    const count = this.#inside.get(name) ?? 0;
    if (this.isHtmlInSkipped && TABLE_PARTS.has(name) && this.isOpen(name)) {
      this.#skipped = undefined;
      return false;
    }
    if (count > 0) {
      this.#inside.set(name, count - 1);
      return true;
    }
    if (name === this.#skipped) {
      this.#skipped = undefined;
      return true;
    }
    // Templates, and HTML inside of drawings, keep the end tags of what is around them to themselves.
    if (this.#skipped === 'template' || this.isHtmlInSkipped || !this.isOpen(name)) return true;
    this.#skipped = undefined;
    return false;
  }

  /** Ends the skipping: a start tag has closed the skipped element. */
  endSkip(): void {
    this.#skipped = undefined;
  }

  /** An element of a drawing or formula is open, inside the skipped one or itself that, that holds HTML again. */
  get isHtmlInSkipped(): boolean {
    if (this.#skipped !== 'svg') return HOLDS_HTML.has(this.#skipped ?? '');
    for (const [name, count] of this.#inside) if (count > 0 && HOLDS_HTML.has(name)) return true;
    return false;
  }

  get skippedIsEmpty(): boolean {
    for (const count of this.#inside.values()) if (count > 0) return false;
    return true;
  }
}
