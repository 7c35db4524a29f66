/** Reads HTML tag by tag: the tokenizer of htmlparser2 with bounded attributes and no tree of its own. */

import { Tokenizer } from 'htmlparser2';

/** Attributes of one tag: only the wanted names, first occurrence, values cut. */
export type Attributes = ReadonlyMap<string, string>;

export interface MarkupHandler {
  /** Lower-case name. `isSelfClosed` only matters inside SVG and MathML. */
  open(name: string, attributes: Attributes, isSelfClosed: boolean): void;
  close(name: string): void;
  text(text: string): void;
  /** Inside SVG or MathML, where `<style>` and `<title>` are ordinary elements. */
  isForeign(): boolean;
}

const MAX_ATTRIBUTE_LENGTH = 8192;
const MAX_NAME_LENGTH = 64;

/** Attributes that anybody downstream looks at. */
const WANTED: ReadonlySet<string> = new Set([
  'alt',
  'class',
  'content',
  'data-nosnippet',
  'datetime',
  'hidden',
  'href',
  'http-equiv',
  'id',
  'itemprop',
  'lang',
  'name',
  'property',
  'rel',
  'role',
  'src',
  'style',
  'title',
  'type',
  'xml:lang',
]);

const NONE: Attributes = new Map();

/** Hands every tag and text of `markup` to `handler`, in one pass. */
export function readMarkup(markup: string, handler: MarkupHandler): void {
  const reader = new MarkupReader(markup, handler);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, reader);
  tokenizer.write(markup);
  tokenizer.end();
}

/** Receives offsets into the markup and turns them into names, attributes and text. */
class MarkupReader {
  readonly #markup: string;
  readonly #handler: MarkupHandler;
  #name = '';
  #attributes: Map<string, string> | undefined;
  #attribute = '';
  #value = '';

  constructor(markup: string, handler: MarkupHandler) {
    this.#markup = markup;
    this.#handler = handler;
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#nameAt(start, end);
    this.#attributes = undefined;
  }

  onattribname(start: number, end: number): void {
    const name = this.#nameAt(start, end);
    const isNew = WANTED.has(name) && this.#attributes?.has(name) !== true;
    this.#attribute = isNew ? name : '';
    this.#value = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute === '' || this.#value.length >= MAX_ATTRIBUTE_LENGTH) return;
    this.#value += this.#markup.slice(start, Math.min(end, start + MAX_ATTRIBUTE_LENGTH));
  }

  onattribentity(codePoint: number): void {
    if (this.#attribute === '' || this.#value.length >= MAX_ATTRIBUTE_LENGTH) return;
    this.#value += String.fromCodePoint(codePoint);
  }

  onattribend(): void {
    if (this.#attribute === '') return;
    this.#attributes ??= new Map();
    this.#attributes.set(this.#attribute, this.#value);
    this.#attribute = '';
  }

  onopentagend(): void {
    this.#handler.open(this.#name, this.#attributes ?? NONE, false);
  }

  onselfclosingtag(): void {
    this.#handler.open(this.#name, this.#attributes ?? NONE, true);
  }

  onclosetag(start: number, end: number): void {
    this.#handler.close(this.#nameAt(start, end));
  }

  ontext(start: number, end: number): void {
    this.#handler.text(this.#markup.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    this.#handler.text(String.fromCodePoint(codePoint));
  }

  isInForeignContext(): boolean {
    return this.#handler.isForeign();
  }

  oncdata(start: number, end: number, offset: number): void {
    // In HTML proper this is a comment.
    if (this.#handler.isForeign()) this.#handler.text(this.#markup.slice(start, end - offset));
  }

  oncomment(): void {
    // Comments say nothing to a reader.
  }

  ondeclaration(): void {
    // The doctype changes nothing for the text.
  }

  onprocessinginstruction(): void {
    // HTML has none.
  }

  onend(): void {
    // Whoever called knows.
  }

  #nameAt(start: number, end: number): string {
    return this.#markup.slice(start, Math.min(end, start + MAX_NAME_LENGTH)).toLowerCase();
  }
}
