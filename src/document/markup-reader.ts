/** Reads HTML tag by tag: what the tokenizer finds, with bounded attributes and no tree. */

import { decodeText } from './character-references.ts';
import { LESS, tokenize, type TokenSink } from './markup-tokenizer.ts';
import { ScriptEnd } from './script-end.ts';
import { withUnits } from './source-units.ts';
import { type Attributes, TagAttributes } from './tag-attributes.ts';

export interface MarkupHandler {
  /**
   * Lower-case name; of the attributes only the wanted names, first occurrence, values cut, all of it good until the next
   * tag. `isSelfClosed` only matters inside SVG and MathML.
   */
  open(name: string, attributes: Attributes, isSelfClosed: boolean): void;
  close(name: string): void;
  /** The text `source.slice(start, end)`. */
  text(source: string, start: number, end: number): void;
  /** Inside SVG or MathML, where `<style>` and `<title>` are ordinary elements. */
  isForeign(): boolean;
}

/** Hands the tags and texts of a page to a handler, in their order. */
export type MarkupSource = (markup: string, handler: MarkupHandler) => void;

const MAX_ATTRIBUTE_LENGTH = 8192;

/** Attributes that anybody downstream looks at. */
const WANTED: ReadonlySet<string> = new Set([
  'alt',
  'class',
  'content',
  'data-nosnippet',
  'datetime',
  'hidden',
  'href',
  'hreflang',
  'http-equiv',
  'id',
  'itemprop',
  'itemscope',
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

/** Elements whose text is nothing but text: character references in it stay as they are. The tokenizer knows them too. */
const RAW_TEXT: ReadonlySet<string> = new Set([
  'iframe',
  'noembed',
  'noframes',
  'plaintext',
  'script',
  'style',
  'xmp',
]);

/** Hands every tag and text of `markup` to `handler`, in one pass; of the attributes those that are `wanted`. */
export function readMarkup(
  markup: string,
  handler: MarkupHandler,
  wanted: Pick<ReadonlySet<string>, 'has'> = WANTED,
): void {
  const text = markup.includes('\r') ? markup.replaceAll(/\r\n?/g, '\n') : markup;
  const reader = new MarkupReader(text, handler, wanted);
  withUnits(text, LESS, (units) => tokenize(units, text.length, reader));
}

/** Receives places in the markup and turns them into attributes and text. */
class MarkupReader implements TokenSink {
  readonly #markup: string;
  readonly #handler: MarkupHandler;
  readonly #wanted: Pick<ReadonlySet<string>, 'has'>;
  #name = '';
  readonly #attributes: TagAttributes;
  #script: ScriptEnd | undefined;
  /** The text is that of one of {@link RAW_TEXT}. */
  #isRaw = false;
  /** The first ampersand behind what was read. */
  #ampersand: number;

  constructor(markup: string, handler: MarkupHandler, wanted: Pick<ReadonlySet<string>, 'has'>) {
    this.#markup = markup;
    this.#handler = handler;
    this.#wanted = wanted;
    this.#attributes = new TagAttributes(markup);
    this.#ampersand = this.#ampersandFrom(0);
  }

  beginTag(name: string): void {
    this.#name = name;
    this.#attributes.clear();
  }

  attribute(name: string, start: number, end: number): void {
    if (!this.#wanted.has(name) || this.#attributes.has(name)) return;
    this.#attributes.addSlice(name, start, Math.min(end, start + MAX_ATTRIBUTE_LENGTH));
  }

  endTag(end: number, isSelfClosed: boolean): void {
    if (this.#script !== undefined) return;
    if (RAW_TEXT.has(this.#name) && !this.#handler.isForeign()) {
      this.#isRaw = true;
      if (this.#name === 'script') this.#script = new ScriptEnd(end + 1);
    }
    this.#handler.open(this.#name, this.#attributes, isSelfClosed);
  }

  closeTag(name: string, start: number, end: number): void {
    if (this.#script !== undefined) {
      // The tokenizer takes a script to end at the first end tag, and what follows for markup.
      if (name !== 'script' || !this.#script.endsAt(this.#markup, start - 2)) {
        this.#handler.text(this.#markup, start - 2, Math.min(end + 1, this.#markup.length));
        return;
      }
      this.#script = undefined;
    }
    this.#isRaw = false;
    this.#handler.close(name);
  }

  text(start: number, end: number): void {
    if (this.#ampersand < start) this.#ampersand = this.#ampersandFrom(start);
    if (this.#ampersand >= end || this.#isRaw || this.#script !== undefined) {
      this.#handler.text(this.#markup, start, end);
      return;
    }
    if (this.#ampersand > start) this.#handler.text(this.#markup, start, this.#ampersand);
    const text = decodeText(this.#markup.slice(this.#ampersand, end));
    this.#handler.text(text, 0, text.length);
  }

  data(start: number, end: number): void {
    // In HTML proper this is a comment.
    if (this.#handler.isForeign()) this.#handler.text(this.#markup, start, end);
  }

  isForeign(): boolean {
    return this.#handler.isForeign();
  }

  #ampersandFrom(start: number): number {
    const found = this.#markup.indexOf('&', start);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }
}
